import { isDeepStrictEqual } from 'node:util';
import {
  applyDefaults,
  applyMergePatch,
  applyServerSide,
  type KubeObject,
  keepTimesOfUnchanged,
  type ManagedFieldsEntry,
  trackUpdate,
  type WriteContext,
} from '@stageset/k8s';
import type { Answer, Api } from '../../support/api.ts';
import type { Random } from '../../support/random.ts';
import {
  conflictFailure,
  contentOf,
  failureOf,
  newestTime,
  ownership,
  withEntries,
  withTidyMetadata,
} from './answers.ts';
import { text, widgetStatus } from './configurations.ts';
import type { PlayedKind } from './kinds.ts';
import { spoil } from './spoil.ts';

type Values = Record<string, unknown>;

/** One write that was played, what the library answered and what the server did. */
export interface PlayedStep {
  readonly what: string;
  readonly kind: string;
  readonly request: Values;
  readonly want: unknown;
  readonly got: unknown;
  /** What the server answered, to be kept. */
  readonly outcome: { readonly stored?: KubeObject; readonly merged?: Values; readonly failure?: unknown };
}

const APPLIERS = ['stage', 'kubectl', 'other'];
/** More than an object remembers by name. */
const UPDATERS = ['edit', 'patch', 'kubectl', ...Array.from({ length: 13 }, (_, i) => `tool-${i}`)];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Plays random writes to one object and compares every answer. Stops at the first difference. */
export class Play {
  readonly steps: PlayedStep[] = [];
  private live: KubeObject | undefined;
  private readonly api: Api;
  private readonly kind: PlayedKind;
  private readonly random: Random;
  private readonly namespace: string;
  private readonly name: string;

  constructor(api: Api, kind: PlayedKind, random: Random, namespace: string, name: string) {
    this.api = api;
    this.kind = kind;
    this.random = random;
    this.namespace = namespace;
    this.name = name;
  }

  /** Takes the object away again: a cluster has room for some two hundred Services. */
  async cleanUp(): Promise<void> {
    const patch = { metadata: { finalizers: null } };
    await this.api.send('PATCH', this.path, patch, 'application/merge-patch+json');
    await this.api.send('DELETE', this.path);
  }

  /** Returns the step in which the library and the server differ, if there is one. */
  async run(length: number): Promise<PlayedStep | undefined> {
    for (let i = 0; i < length; i++) {
      const held = this.live;
      const step = await this.step();
      if (step === undefined) continue;
      const isDifferent = !isDeepStrictEqual(step.want, step.got);
      if (isDifferent && held !== undefined && held === this.live && (await this.wasTouched(held))) continue;
      this.steps.push(step);
      if (isDifferent) return step;
    }
    return undefined;
  }

  /** Whether a controller of the cluster has written meanwhile; then the play goes on from what is there now. */
  private async wasTouched(held: KubeObject): Promise<boolean> {
    const { code, body } = await this.api.send('GET', this.path);
    if (code !== 200) return false;
    this.live = body as unknown as KubeObject;
    return this.live.metadata.resourceVersion !== held.metadata.resourceVersion;
  }

  private step(): Promise<PlayedStep | undefined> {
    const { random, live } = this;
    if (live === undefined) return random.chance(0.6) ? this.apply() : this.create();
    const dice = random.below(100);
    if (dice < 45) return this.apply();
    if (dice < 50) return this.applyWrong();
    if (dice < 65) return this.put();
    if (dice < 80) return this.mergePatch();
    if (dice < 82) return this.resetOwners();
    if (dice < 85) return this.editOwners();
    if (dice < 88) return this.remove();
    return this.kind.isBuiltIn ? this.apply() : this.writeStatus();
  }

  private get collection(): string {
    return this.kind.path(this.namespace);
  }

  private get path(): string {
    return `${this.collection}/${this.name}`;
  }

  private whole(values: Values): KubeObject {
    const { apiVersion, kind } = this.kind;
    const metadata = { ...(values['metadata'] as Values | undefined), name: this.name, namespace: this.namespace };
    return { ...values, apiVersion, kind, metadata } as unknown as KubeObject;
  }

  /** Of a kind that controllers write to, a write is to succeed only on what the play has seen. */
  private guarded(object: KubeObject): KubeObject {
    const resourceVersion = this.live?.metadata.resourceVersion;
    if (!this.kind.isReconciled || resourceVersion === undefined) return object;
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  }

  private context(manager: string, answer: Answer, subresource?: string): WriteContext {
    const { schema, resetFields, empty } = this.kind;
    return {
      schema,
      manager,
      nowIso: newestTime(answer.body as unknown as KubeObject) ?? '2099-01-01T00:00:00Z',
      resetFields: subresource === 'status' ? [['spec']] : resetFields,
      ...(empty === undefined ? {} : { empty }),
      ...(subresource === undefined ? {} : { subresource }),
    };
  }

  private async apply(configuration = this.kind.configuration(this.random), subresource?: string): Promise<PlayedStep> {
    const { random, kind, live } = this;
    const manager = random.pick(APPLIERS);
    const force = random.chance(0.35);
    const applied = this.guarded(this.whole(configuration));
    const foretold = await this.foretell(manager, applied, force, subresource);
    const place = subresource === undefined ? this.path : `${this.path}/${subresource}`;
    const answer = await this.api.send(
      'PATCH',
      `${place}?fieldManager=${manager}&force=${force}`,
      applied,
      'application/apply-patch+yaml',
    );
    const context = this.context(manager, answer, subresource);
    const request = { ...context, live, applied, force };
    const result = applyServerSide(request);
    const step = { what: 'apply', kind: kind.kind, request };
    if (result.kind === 'conflict') {
      const want = failureOf(answer);
      return { ...step, want, got: conflictFailure(result), outcome: { failure: want } };
    }
    if (result.kind === 'invalid') {
      const want = { ...failureOf(answer), causes: [] };
      const got = { code: result.code, message: result.message, causes: [] };
      return { ...step, want, got, outcome: { failure: want } };
    }
    // What the object's own validation says is no matter of ownership.
    if (answer.code === 422) return { ...step, want: 422, got: 422, outcome: {} };
    if (answer.code >= 300) return { ...step, want: failureOf(answer), got: result, outcome: {} };
    const stored = answer.body as unknown as KubeObject;
    const got = this.settle(stored, result.object.metadata.managedFields);
    const content = kind.isBuiltIn ? foretold : this.asStored(result.object, subresource);
    this.live = stored;
    return {
      ...step,
      want: [ownership(stored.metadata.managedFields), contentOf(stored, kind)],
      got: [ownership(got), contentOf(content ?? stored, kind)],
      outcome: { stored, merged: withEntries(result.object, undefined) },
    };
  }

  /** What a built-in object is once the server has filled it in: the server says so itself, in a dry run. */
  private async foretell(
    manager: string,
    applied: KubeObject,
    force: boolean,
    subresource?: string,
  ): Promise<KubeObject | undefined> {
    const { kind, live } = this;
    if (!kind.isBuiltIn) return undefined;
    const { schema, resetFields, empty = {} } = kind;
    const nowIso = '2099-01-01T00:00:00Z';
    const result = applyServerSide({
      live,
      applied,
      manager,
      force,
      schema,
      resetFields,
      empty,
      nowIso,
      ...(subresource === undefined ? {} : { subresource }),
    });
    if (result.kind !== 'merged') return undefined;
    const answer =
      live === undefined
        ? await this.api.send('POST', `${this.collection}?dryRun=All`, result.object)
        : await this.api.send('PUT', `${this.path}?dryRun=All`, result.object);
    return answer.code < 300 ? (answer.body as unknown as KubeObject) : undefined;
  }

  /** What a custom object is once nulls and defaults are settled and the endpoint has put back what it does not write. */
  private asStored(object: KubeObject, subresource: string | undefined): KubeObject {
    const filled = withTidyMetadata(applyDefaults(object, this.kind.schema));
    if (subresource === 'status' && this.live !== undefined) {
      const { status: _, ...rest } = this.live;
      return (filled['status'] === undefined ? rest : { ...rest, status: filled['status'] }) as KubeObject;
    }
    const { status: _, ...rest } = filled;
    const status = this.live?.['status'];
    return (status === undefined ? rest : { ...rest, status }) as KubeObject;
  }

  private settle(
    stored: KubeObject,
    managedFields: ManagedFieldsEntry[] | undefined,
  ): ManagedFieldsEntry[] | undefined {
    const next = withEntries(stored, managedFields);
    return (this.live === undefined ? next : keepTimesOfUnchanged(this.live, next)).metadata.managedFields;
  }

  private applyWrong(): Promise<PlayedStep> {
    return this.apply(spoil(this.kind.configuration(this.random), this.kind.kind, this.random));
  }

  private async create(): Promise<PlayedStep | undefined> {
    const manager = this.random.pick(UPDATERS);
    const sent = this.whole(this.kind.configuration(this.random));
    return this.update(
      'create',
      manager,
      sent,
      await this.api.send('POST', `${this.collection}?fieldManager=${manager}`, sent),
    );
  }

  private async put(): Promise<PlayedStep | undefined> {
    const { random, live } = this;
    if (live === undefined) return undefined;
    const manager = random.pick(UPDATERS);
    const values = this.kind.configuration(random);
    const metadata: Values = { ...live.metadata, ...(values['metadata'] as Values) };
    if (random.chance(0.2)) delete metadata['managedFields'];
    if (random.chance(0.1))
      metadata['annotations'] = { [LAST_APPLIED]: JSON.stringify(this.whole(this.kind.configuration(random))) };
    const sent = this.whole({ ...live, ...this.replaced(values), metadata });
    return this.update('put', manager, sent, await this.api.send('PUT', `${this.path}?fieldManager=${manager}`, sent));
  }

  /** Fields of the specification as the values have them, over those that are live. */
  private replaced(values: Values): Values {
    const spec = values['spec'] as Values | undefined;
    if (spec === undefined) return values;
    if (this.kind.kind === 'Deployment' && this.random.chance(0.3)) {
      const template = (spec['template'] as { spec: { containers: Values[] } }).spec;
      for (const container of template.containers) {
        container['env'] = [
          { name: 'A', value: '1' },
          { name: 'A', value: this.random.pick(['2', '1']) },
          { name: 'B' },
        ];
      }
    }
    return { ...values, spec: { ...(this.live?.['spec'] as Values | undefined), ...spec } };
  }

  private async mergePatch(): Promise<PlayedStep | undefined> {
    const { random } = this;
    const manager = random.pick(UPDATERS);
    const patch = this.kind.configuration(random);
    const spec = patch['spec'] as Values | undefined;
    if (this.kind.isBuiltIn && spec !== undefined) delete spec['selector'];
    if (random.chance(0.6)) {
      const metadata = patch['metadata'] as { annotations?: Values };
      // A field that nobody else touches keeps the manager among the owners.
      metadata.annotations = { ...metadata.annotations, [`example.com/${manager}`]: text(random) };
    }
    for (const part of [
      patch['data'],
      this.kind.kind === 'Widget' ? spec : undefined,
      (patch['metadata'] as Values)['labels'],
    ]) {
      for (const key of Object.keys((part ?? {}) as Values)) if (random.chance(0.3)) (part as Values)[key] = null;
    }
    const answer = await this.api.send(
      'PATCH',
      `${this.path}?fieldManager=${manager}`,
      this.kind.isReconciled ? this.guarded(patch as unknown as KubeObject) : patch,
      'application/merge-patch+json',
    );
    return this.update('patch', manager, applyMergePatch(this.live, patch) as KubeObject, answer);
  }

  private async resetOwners(): Promise<PlayedStep | undefined> {
    const manager = this.random.pick(UPDATERS);
    const managedFields = this.random.pick([[], [{}]]);
    const resourceVersion = this.live?.metadata.resourceVersion;
    const patch = { metadata: { managedFields, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
    const answer = await this.api.send(
      'PATCH',
      `${this.path}?fieldManager=${manager}`,
      patch,
      'application/merge-patch+json',
    );
    const patched = applyMergePatch(this.live, patch) as KubeObject;
    return this.update('reset', manager, this.kind.isBuiltIn ? patched : withTidyMetadata(patched), answer);
  }

  /** Clients may write managedFields themselves: here they drop entries, change them, or send what cannot be read. */
  private async editOwners(): Promise<PlayedStep | undefined> {
    const { random, live } = this;
    if (live === undefined) return undefined;
    const manager = random.pick(UPDATERS);
    const edited = random.some(live.metadata.managedFields ?? [], 0.7);
    const { apiVersion } = this.kind;
    const fieldsV1 = random.pick([
      {},
      { 'f:data': { 'f:b': {}, 'f:a': {}, '.': {} }, 'x:later': {} },
      { 'f:spec': { 'f:items': { 'k:{"name":"web"}': { 'f:value': {} }, 'i:0': {} } } },
      { 'f:spec': { 'f:ports': { 'k:{"protocol":"TCP","port":80}': { '.': {} } }, 'f:limits': { 'f:cpu': {} } } },
      { nonsense: {} },
    ]);
    const operation = random.pick(['Apply', 'Update'] as const);
    if (random.chance(0.5)) edited.push({ manager: 'given', operation, apiVersion, fieldsType: 'FieldsV1', fieldsV1 });
    const metadata = { ...live.metadata, managedFields: edited };
    const sent = this.whole({ ...live, metadata });
    const answer = await this.api.send('PUT', `${this.path}?fieldManager=${manager}`, sent);
    return this.update('edit owners', manager, this.kind.isBuiltIn ? sent : withTidyMetadata(sent), answer);
  }

  private async remove(): Promise<undefined> {
    if (this.live?.metadata.finalizers !== undefined && this.live.metadata.finalizers.length > 0) return undefined;
    const answer = await this.api.send('DELETE', this.path);
    if (answer.code < 300) this.live = undefined;
    return undefined;
  }

  private async writeStatus(): Promise<PlayedStep | undefined> {
    const { random, live } = this;
    if (live === undefined) return undefined;
    const status = widgetStatus(random);
    const extra = random.chance(0.2) ? this.kind.configuration(random) : {};
    if (random.chance(0.5)) return this.apply({ ...extra, status }, 'status');
    const manager = random.pick(UPDATERS);
    const metadata = { ...live.metadata, ...(extra['metadata'] as Values | undefined) };
    const sent = withTidyMetadata(
      applyDefaults({ ...live, ...extra, metadata, status } as KubeObject, this.kind.schema),
    );
    const answer = await this.api.send('PUT', `${this.path}/status?fieldManager=${manager}`, sent);
    return this.update('put status', manager, sent, answer, 'status');
  }

  private async update(
    what: string,
    manager: string,
    sent: KubeObject,
    answer: Answer,
    subresource?: string,
  ): Promise<PlayedStep | undefined> {
    const { live, kind } = this;
    if (answer.code === 409 && live !== undefined) await this.wasTouched(live);
    if (answer.code >= 300) return undefined;
    const stored = answer.body as unknown as KubeObject;
    const updated = withEntries(
      subresource === undefined ? this.beforeAllocation(stored, sent) : sent,
      sent.metadata.managedFields,
    );
    const request = { ...this.context(manager, answer, subresource), live, updated, operation: 'Update' as const };
    const got = this.settle(stored, trackUpdate(request).metadata.managedFields);
    this.live = stored;
    const want = ownership(stored.metadata.managedFields);
    return { what, kind: kind.kind, request, want, got: ownership(got), outcome: { stored } };
  }

  private beforeAllocation(stored: KubeObject, sent: KubeObject): KubeObject {
    const spec = stored['spec'] as Values | undefined;
    if (spec === undefined || this.kind.allocated.length === 0) return stored;
    const asked = (sent['spec'] ?? {}) as Values;
    const left = Object.entries(spec).filter(
      ([key]) => !this.kind.allocated.includes(key) || Object.hasOwn(asked, key),
    );
    return { ...stored, spec: Object.fromEntries(left) };
  }
}
