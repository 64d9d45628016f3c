import { Opaque, type Value } from '../values/value.ts';
import { member, type Overload } from './function.ts';

/** What an expression asks whether somebody may do. */
export interface AccessQuestion {
  /** Of an address that is no resource; then the rest is empty. */
  readonly path?: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Whoever sends the request, unless an expression asks for a service account. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** Whether somebody may do something. */
export type Authorize = (question: AccessQuestion) => boolean;

const AUTHORIZER = 'kubernetes.authorization.Authorizer';
const PATH_CHECK = 'kubernetes.authorization.PathCheck';
const GROUP_CHECK = 'kubernetes.authorization.GroupCheck';
const RESOURCE_CHECK = 'kubernetes.authorization.ResourceCheck';
const DECISION = 'kubernetes.authorization.Decision';
/** A decision may ask somebody else, and so costs as much as a third of a rule may. */
const CHECK_COST = 350_000;

const NOTHING: AccessQuestion = { verb: '', group: '', resource: '', subresource: '', namespace: '', name: '' };

class Authorizer extends Opaque {
  override readonly type: string;
  readonly authorize: Authorize;
  readonly question: AccessQuestion;

  constructor(type: string, authorize: Authorize, question: AccessQuestion) {
    super();
    this.type = type;
    this.authorize = authorize;
    this.question = question;
  }

  override equals(other: Opaque): boolean {
    return this === other;
  }

  with(type: string, more: Partial<AccessQuestion>): Authorizer {
    return new Authorizer(type, this.authorize, { ...this.question, ...more });
  }
}

class Decision extends Opaque {
  override readonly type = DECISION;
  readonly isAllowed: boolean;

  constructor(isAllowed: boolean) {
    super();
    this.isAllowed = isAllowed;
  }

  override equals(other: Opaque): boolean {
    return other instanceof Decision && other.isAllowed === this.isAllowed;
  }
}

/** The value of the variable `authorizer`. */
export function authorizerValue(authorize: Authorize): Value {
  return new Authorizer(AUTHORIZER, authorize, NOTHING);
}

/** The value of the variable `authorizer.requestResource`: a check of the object that a request is for. */
export function requestResourceValue(authorize: Authorize, question: Omit<AccessQuestion, 'verb'>): Value {
  return new Authorizer(RESOURCE_CHECK, authorize, { ...NOTHING, ...question });
}

const decide = ({ authorize, question }: Authorizer, verb: string): Decision =>
  new Decision(authorize({ ...question, verb }));
const checkCost = (): number => CHECK_COST;

export const AUTHORIZER_FUNCTIONS: readonly Overload[] = [
  member('path', `${AUTHORIZER}, string -> ${PATH_CHECK}`, (of: Authorizer, path: string) =>
    of.with(PATH_CHECK, { path }),
  ),
  member('group', `${AUTHORIZER}, string -> ${GROUP_CHECK}`, (of: Authorizer, group: string) =>
    of.with(GROUP_CHECK, { group }),
  ),
  member(
    'serviceAccount',
    `${AUTHORIZER}, string, string -> ${AUTHORIZER}`,
    (of: Authorizer, namespace: string, name: string) => of.with(AUTHORIZER, { serviceAccount: { namespace, name } }),
  ),
  member('resource', `${GROUP_CHECK}, string -> ${RESOURCE_CHECK}`, (of: Authorizer, resource: string) =>
    of.with(RESOURCE_CHECK, { resource }),
  ),
  ...(['subresource', 'namespace', 'name'] as const).map((part) =>
    member(part, `${RESOURCE_CHECK}, string -> ${RESOURCE_CHECK}`, (of: Authorizer, value: string) =>
      of.with(RESOURCE_CHECK, { [part]: value }),
    ),
  ),
  member('check', `${PATH_CHECK}, string -> ${DECISION}`, decide, checkCost),
  member('check', `${RESOURCE_CHECK}, string -> ${DECISION}`, decide, checkCost),
  member('allowed', `${DECISION} -> bool`, ({ isAllowed }: Decision) => isAllowed),
  member('reason', `${DECISION} -> string`, () => ''),
  member('errored', `${DECISION} -> bool`, () => false),
  member('error', `${DECISION} -> string`, () => ''),
];

/** Types of the variables that an environment with these functions has. */
export const AUTHORIZER_TYPES = { authorizer: AUTHORIZER, requestResource: RESOURCE_CHECK } as const;
