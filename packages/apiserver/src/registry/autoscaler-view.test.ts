import type { KubeObject } from '@stageset/k8s';
import { describe, expect, test } from 'vitest';
import { autoscalerToV1, autoscalerToV2 } from './autoscaler-view.ts';

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const v2 = (spec: object, more: object = {}): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'a', namespace: 'n' },
  spec: { maxReplicas: 5, minReplicas: 1, scaleTargetRef: target, ...spec },
  ...more,
});
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const others = [
  { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } } },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 30 } },
  },
  { type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '5' } } },
  {
    type: 'Object',
    object: {
      describedObject: { kind: 'Service', name: 's' },
      metric: { name: 'm' },
      target: { type: 'Value', value: '5' },
    },
  },
  {
    type: 'External',
    external: {
      metric: { name: 'm', selector: { matchLabels: { a: 'b' } } },
      target: { type: 'AverageValue', averageValue: '5' },
    },
  },
];

describe('an autoscaler in its older version', () => {
  test('has a field for the CPU and annotations for everything else', () => {
    const conditions = [{ type: 'AbleToScale', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 't' }];
    const view = autoscalerToV1(
      v2(
        { metrics: [...others, cpu(30)], behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } },
        { status: { currentReplicas: 3, desiredReplicas: 4, conditions } },
      ),
    );
    expect(view['spec']).toEqual({
      maxReplicas: 5,
      minReplicas: 1,
      scaleTargetRef: target,
      targetCPUUtilizationPercentage: 30,
    });
    expect(view['status']).toEqual({ currentReplicas: 3, desiredReplicas: 4 });
    expect(
      Object.fromEntries(Object.entries(view.metadata.annotations ?? {}).map(([key, text]) => [key, JSON.parse(text)])),
    ).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics': [
        { type: 'Resource', resource: { name: 'memory', targetAverageValue: '100Mi' } },
        { type: 'ContainerResource', containerResource: { name: 'cpu', targetAverageUtilization: 30, container: 'c' } },
        { type: 'Pods', pods: { metricName: 'qps', targetAverageValue: '5' } },
        { type: 'Object', object: { target: { kind: 'Service', name: 's' }, metricName: 'm', targetValue: '5' } },
        {
          type: 'External',
          external: { metricName: 'm', metricSelector: { matchLabels: { a: 'b' } }, targetAverageValue: '5' },
        },
      ],
      'autoscaling.alpha.kubernetes.io/behavior': { ScaleDown: { StabilizationWindowSeconds: 60 } },
      'autoscaling.alpha.kubernetes.io/conditions': conditions,
    });
  });

  test('comes back as it was', () => {
    const given = v2({ metrics: [...others, cpu(30)], behavior: { scaleDown: { selectPolicy: 'Max' } } });
    expect(autoscalerToV2(autoscalerToV1(given))).toEqual({
      ...given,
      status: { currentReplicas: 0, desiredReplicas: 0 },
    });
  });

  test('looks at the CPU when it names nothing', () => {
    const given = { ...v2({}), apiVersion: 'autoscaling/v1' };
    expect(autoscalerToV2(given)['spec']).toMatchObject({ metrics: [cpu(80)] });
  });

  test('loses annotations that cannot be read', () => {
    const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': '{', kept: 'yes' };
    const given = {
      ...v2({ targetCPUUtilizationPercentage: 9 }),
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'a', annotations },
    };
    expect(autoscalerToV2(given)).toMatchObject({
      metadata: { annotations: { kept: 'yes' } },
      spec: { metrics: [cpu(9)] },
    });
  });
});
