import {
  type ApplyClass,
  applyClass,
  isJsonObject,
  type KubeObject,
  type ObjectRef,
  own,
  refOf,
  shallowCopy,
} from '@stageset/k8s';
import { entryId } from '../inventory/entry.ts';
import { ownerLabels } from '../ownership/owner.ts';

/** One object of a stage, ready to be applied. */
export interface DesiredObject {
  readonly id: string;
  readonly ref: ObjectRef;
  readonly class: ApplyClass;
  readonly object: KubeObject;
  /** Identifies the content; two objects of one hash are applied alike. */
  readonly hash: string;
}

interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly stage: string;
}

const ENCODER = new TextEncoder();

/**
 * A built object as it is sent: with the owner labels, without status (but on CRDs) and creation time, the plain text of a
 * Secret folded into its data. Fields that this program does not know stay as they are.
 */
export function prepareObject(built: KubeObject, owner: Owner): KubeObject {
  const { status, ...rest } = built;
  const { creationTimestamp: _, ...metadata } = built.metadata;
  const labels = { ...metadata.labels, ...ownerLabels(owner, owner.stage) };
  const object: KubeObject = { ...rest, metadata: { ...metadata, labels } };
  if (built.kind === 'CustomResourceDefinition' && status !== undefined) object['status'] = status;
  return foldStringData(object);
}

function foldStringData(object: KubeObject): KubeObject {
  const plain = object['stringData'];
  if (object.apiVersion !== 'v1' || object.kind !== 'Secret' || !isJsonObject(plain)) return object;
  const { stringData: _, ...rest } = object;
  const before = own(object, 'data');
  const data = isJsonObject(before) ? shallowCopy(before) : {};
  for (const [key, value] of Object.entries(plain)) {
    if (typeof value === 'string') data[key] = base64(value);
  }
  return { ...rest, data };
}

function base64(text: string): string {
  const bytes = ENCODER.encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Names a prepared object. `hash` is the caller's, over the object's JSON. */
export function desiredObject(object: KubeObject, hash: string): DesiredObject {
  const ref = refOf(object);
  return { id: entryId(ref), ref, class: applyClass(object), object, hash };
}

/** The same object with the scope that the cluster gives its kind: a namespace on a cluster-scoped object is dropped. */
export function withScope(desired: DesiredObject, namespaced: boolean): DesiredObject {
  if (namespaced || desired.ref.namespace === undefined) return desired;
  const { namespace: _, ...metadata } = desired.object.metadata;
  return desiredObject({ ...desired.object, metadata }, desired.hash);
}
