import { fieldsAt, listAt, numberAt, textAt } from '../fields.ts';
import { age, NONE, type Row, UNKNOWN, UNSET } from './cells.ts';

const apiService: Row = (object, now) => {
  const service = fieldsAt(object, 'spec', 'service');
  const available = listAt(fieldsAt(object, 'status'), 'conditions').find(({ type }) => type === 'Available');
  const state = available === undefined ? UNKNOWN : String(available['status']);
  return [
    object.metadata.name,
    textAt(service, 'name') === undefined ? 'Local' : `${String(service['namespace'])}/${String(service['name'])}`,
    state === 'False' ? `False (${String(available?.['reason'])})` : state,
    age(object, now),
  ];
};

const flowSchema: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const conditions = listAt(fieldsAt(object, 'status'), 'conditions');
  const dangling = conditions.find(({ type }) => type === 'Dangling');
  return [
    object.metadata.name,
    textAt(fieldsAt(spec, 'priorityLevelConfiguration'), 'name') ?? NONE,
    String(numberAt(spec, 'matchingPrecedence') ?? 0),
    textAt(fieldsAt(spec, 'distinguisherMethod'), 'type') ?? NONE,
    age(object, now),
    dangling === undefined ? '?' : String(dangling['status']),
  ];
};

const priorityLevel: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  const limited = fieldsAt(spec, 'limited');
  const queuing = fieldsAt(limited, 'limitResponse', 'queuing');
  const text = (value: number | undefined) => (value === undefined ? NONE : String(value));
  return [
    object.metadata.name,
    String(spec['type']),
    text(numberAt(limited, 'nominalConcurrencyShares')),
    text(numberAt(queuing, 'queues')),
    text(numberAt(queuing, 'handSize')),
    text(numberAt(queuing, 'queueLengthLimit')),
    age(object, now),
  ];
};

const nameAndAge: Row = (object, now) => [object.metadata.name, age(object, now)];

const resourceClaim: Row = (object, now) => {
  const status = fieldsAt(object, 'status');
  const states = [
    ...(object.metadata.deletionTimestamp === undefined ? [] : ['deleted']),
    ...(status['allocation'] === undefined ? ['pending'] : ['allocated']),
    ...(listAt(status, 'reservedFor').length === 0 ? [] : ['reserved']),
  ];
  return [object.metadata.name, states.join(','), age(object, now)];
};

const resourceSlice: Row = (object, now) => {
  const spec = fieldsAt(object, 'spec');
  return [
    object.metadata.name,
    textAt(spec, 'nodeName') ?? UNSET,
    textAt(spec, 'driver') ?? '',
    textAt(fieldsAt(spec, 'pool'), 'name') ?? '',
    age(object, now),
  ];
};

/** Kinds of the platform itself: who serves what, who may ask how often, what hardware there is. */
export const PLATFORM_ROWS: Readonly<Record<string, Row>> = {
  'apiregistration.k8s.io/APIService': apiService,
  'flowcontrol.apiserver.k8s.io/FlowSchema': flowSchema,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': priorityLevel,
  'resource.k8s.io/DeviceClass': nameAndAge,
  'resource.k8s.io/ResourceClaim': resourceClaim,
  'resource.k8s.io/ResourceClaimTemplate': nameAndAge,
  'resource.k8s.io/ResourceSlice': resourceSlice,
};
