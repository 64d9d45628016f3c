import ignore, { type Ignore } from 'ignore';

/** Never packed, whatever else is asked for. */
const VERSION_CONTROL = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'];

/** Left out when a tree has no rules of its own: media, archives, and the settings of build services and tools. */
const DEFAULTS = [
  ...['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'],
  ...['.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml'],
  ...['cloudbuild.yaml', 'codeship-services.yml', 'codeship-steps.yml'],
  ...['**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml'],
];

interface Rule {
  /** The folder that the rule is about, with a slash at its end; empty for the root. */
  readonly folder: string;
  readonly isNegated: boolean;
  readonly matcher: Ignore;
}

/**
 * What is left out of an archive, after Flux's rules for `.sourceignore`: gitignore syntax, files of every folder, the
 * last rule that matches wins. Unlike git, `!` may bring back a file below a folder that is left out.
 */
export class IgnoreRules {
  readonly #versionControl = VERSION_CONTROL.map((line) => ruleOf(line, ''));
  readonly #own: Rule[] = [];
  readonly #defaults = DEFAULTS.map((line) => ruleOf(line, ''));

  /** Adds the lines of a `.sourceignore`. `folder` is where it lies, relative to the root: `''` or `apps/web`. */
  add(text: string, folder: string): void {
    const prefix = folder === '' ? '' : `${folder}/`;
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() !== '' && !line.startsWith('#')) this.#own.push(ruleOf(line, prefix));
    }
  }

  /** `path` is relative to the root, with `/`. */
  leavesOut(path: string, isFolder: boolean): boolean {
    const name = isFolder ? `${path}/` : path;
    const rules = this.#rules();
    for (let index = rules.length - 1; index >= 0; index -= 1) {
      const rule = rules[index];
      if (rule !== undefined && matches(rule, name)) return !rule.isNegated;
    }
    return false;
  }

  /** Whether a folder that is left out can be passed by: not while a rule might bring back something below it. */
  get canSkipFolders(): boolean {
    return !this.#own.some((rule) => rule.isNegated);
  }

  /** Any rule of the tree's own replaces the defaults. */
  #rules(): readonly Rule[] {
    return [...this.#versionControl, ...(this.#own.length > 0 ? this.#own : this.#defaults)];
  }
}

/** Each rule is a matcher of its own, so that their order is decided here and not by git's rule for parent folders. */
function ruleOf(line: string, folder: string): Rule {
  const isNegated = line.startsWith('!');
  const pattern = isNegated ? line.slice(1) : line;
  return { folder, isNegated, matcher: ignore({ ignorecase: false, allowRelativePaths: false }).add(pattern) };
}

function matches(rule: Rule, name: string): boolean {
  if (!name.startsWith(rule.folder)) return false;
  const below = name.slice(rule.folder.length);
  return below !== '' && rule.matcher.ignores(below);
}
