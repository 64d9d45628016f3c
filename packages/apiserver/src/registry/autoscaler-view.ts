import { isJsonArray, isJsonObject, type JsonObject, type KubeObject } from '@stageset/k8s';

/** Where `autoscaling/v1` keeps what it has no fields for. */
const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const METRICS = `${PREFIX}metrics`;
const BEHAVIOR = `${PREFIX}behavior`;
const CONDITIONS = `${PREFIX}conditions`;
const CURRENT = `${PREFIX}current-metrics`;
/** What an autoscaler without metrics looks at. */
const DEFAULT_CPU = 80;

const objectAt = (from: JsonObject, key: string): JsonObject => (isJsonObject(from[key]) ? from[key] : {});
const listAt = (from: JsonObject, key: string): readonly JsonObject[] =>
  isJsonArray(from[key]) ? from[key].filter(isJsonObject) : [];

function present(fields: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isCpu(metric: JsonObject): boolean {
  const resource = objectAt(metric, 'resource');
  return resource['name'] === 'cpu' && objectAt(resource, 'target')['averageUtilization'] !== undefined;
}

/** An autoscaler as `autoscaling/v1` shows it: other metrics than the CPU, behaviour and conditions are annotations. */
export function autoscalerToV1(autoscaler: KubeObject): KubeObject {
  const spec = objectAt(autoscaler, 'spec');
  const status = objectAt(autoscaler, 'status');
  const metrics = listAt(spec, 'metrics');
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric) => metric !== cpu).map(metricToV1);
  const { annotations } = autoscaler.metadata;
  const added = present({
    [BEHAVIOR]: spec['behavior'] === undefined ? undefined : JSON.stringify(capitalized(spec['behavior'])),
    [CONDITIONS]: listAt(status, 'conditions').length === 0 ? undefined : JSON.stringify(status['conditions']),
    [CURRENT]: listAt(status, 'currentMetrics').length === 0 ? undefined : JSON.stringify(status['currentMetrics']),
    [METRICS]: others.length === 0 ? undefined : JSON.stringify(others),
  }) as Record<string, string>;
  const { metrics: _metrics, behavior: _behavior, ...common } = spec;
  const { lastScaleTime, observedGeneration, currentReplicas = 0, desiredReplicas = 0 } = status;
  const target = cpu === undefined ? undefined : objectAt(objectAt(cpu, 'resource'), 'target')['averageUtilization'];
  const hasAnnotations = annotations !== undefined || Object.keys(added).length > 0;
  return {
    kind: autoscaler.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { ...autoscaler.metadata, ...(hasAnnotations ? { annotations: { ...annotations, ...added } } : {}) },
    spec: { ...common, ...present({ targetCPUUtilizationPercentage: target }) },
    status: present({ observedGeneration, lastScaleTime, currentReplicas, desiredReplicas }),
  };
}

/** The same back. Annotations that cannot be read are dropped, as the real server does. */
export function autoscalerToV2(autoscaler: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: cpu, ...common } = objectAt(autoscaler, 'spec');
  const { annotations = {}, ...metadata } = autoscaler.metadata;
  const kept = Object.entries(annotations).filter(([key]) => ![METRICS, BEHAVIOR, CONDITIONS, CURRENT].includes(key));
  const given = read(annotations[METRICS]);
  const others = isJsonArray(given) ? given.filter(isJsonObject).map(metricToV2) : [];
  const behavior = read(annotations[BEHAVIOR]);
  const conditions = read(annotations[CONDITIONS]);
  const current = read(annotations[CURRENT]);
  const isDefault = cpu === undefined && others.length === 0;
  const { currentCPUUtilizationPercentage: _, ...status } = objectAt(autoscaler, 'status');
  return {
    kind: autoscaler.kind,
    apiVersion: 'autoscaling/v2',
    metadata: kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) },
    spec: {
      ...common,
      metrics: [...others, ...(cpu === undefined && !isDefault ? [] : [cpuMetric(isDefault ? DEFAULT_CPU : cpu)])],
      ...(isJsonObject(behavior) ? { behavior: uncapitalized(behavior) } : {}),
    },
    ...(autoscaler['status'] === undefined
      ? {}
      : {
          status: {
            ...status,
            ...(isJsonArray(current) ? { currentMetrics: current } : {}),
            ...(isJsonArray(conditions) ? { conditions } : {}),
          },
        }),
  };
}

function cpuMetric(averageUtilization: unknown): JsonObject {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function metricToV1(metric: JsonObject): JsonObject {
  const { type } = metric;
  const own = SOURCES[String(type)] ?? '';
  const source = objectAt(metric, own);
  const target = objectAt(source, 'target');
  const { name, selector } = objectAt(source, 'metric');
  const averages = {
    targetAverageUtilization: target['averageUtilization'],
    targetAverageValue: target['averageValue'],
  };
  switch (own) {
    case 'object': {
      const object = { target: source['describedObject'], metricName: name, targetValue: target['value'] };
      return { type, object: present({ ...object, selector, averageValue: target['averageValue'] }) };
    }
    case 'pods':
      return { type, pods: present({ metricName: name, selector, targetAverageValue: target['averageValue'] }) };
    case 'external': {
      const values = { targetValue: target['value'], targetAverageValue: target['averageValue'] };
      return { type, external: present({ metricName: name, metricSelector: selector, ...values }) };
    }
    default:
      return { type, [own]: present({ name: source['name'], ...averages, container: source['container'] }) };
  }
}

const SOURCES: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

function metricToV2(metric: JsonObject): JsonObject {
  const { type } = metric;
  const own = SOURCES[String(type)] ?? '';
  const source = objectAt(metric, own);
  const { metricName, selector, metricSelector, targetValue, targetAverageValue, targetAverageUtilization } = source;
  const averageValue = targetAverageValue ?? source['averageValue'];
  const kind =
    targetAverageUtilization !== undefined ? 'Utilization' : averageValue !== undefined ? 'AverageValue' : 'Value';
  const target = present({
    type: kind,
    value: kind === 'Value' ? targetValue : undefined,
    averageValue,
    averageUtilization: targetAverageUtilization,
  });
  if (own === 'resource' || own === 'containerResource') {
    return { type, [own]: present({ name: source['name'], target, container: source['container'] }) };
  }
  const described = own === 'object' ? { describedObject: source['target'] } : {};
  return {
    type,
    [own]: { ...described, target, metric: present({ name: metricName, selector: selector ?? metricSelector }) },
  };
}

function read(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Behaviour is kept with the names of Go's fields. */
function capitalized(value: unknown): unknown {
  return renamed(value, (key) => key.charAt(0).toUpperCase() + key.slice(1));
}

function uncapitalized(value: unknown): unknown {
  return renamed(value, (key) => key.charAt(0).toLowerCase() + key.slice(1));
}

function renamed(value: unknown, name: (key: string) => string): unknown {
  if (isJsonArray(value)) return value.map((item) => renamed(item, name));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [name(key), renamed(item, name)]));
}
