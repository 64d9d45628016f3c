import type { Schema } from '@stageset/k8s';

const TEXT = { type: 'string' } as const;
const NUMBER = { type: 'integer' } as const;

/** A kind with every way in which maps and lists can merge. */
export const WIDGET_SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: NUMBER,
        ratio: { type: 'number' },
        name: TEXT,
        mode: { type: 'string', nullable: true },
        paused: { type: 'boolean' },
        size: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        labels: { type: 'object', additionalProperties: TEXT },
        limits: { type: 'object', additionalProperties: TEXT, 'x-kubernetes-map-type': 'atomic' },
        part: { type: 'object', properties: { a: TEXT, b: NUMBER, c: { type: 'object', properties: { d: TEXT } } } },
        whole: { type: 'object', properties: { a: TEXT, b: NUMBER }, 'x-kubernetes-map-type': 'atomic' },
        maybe: { type: 'object', nullable: true, properties: { a: TEXT, b: NUMBER } },
        tags: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
        numbers: { type: 'array', items: { type: 'number' }, 'x-kubernetes-list-type': 'set' },
        names: { type: 'array', items: TEXT },
        steps: {
          type: 'array',
          items: { type: 'object', properties: { a: TEXT, b: NUMBER } },
          'x-kubernetes-list-type': 'atomic',
        },
        ports: {
          type: 'array',
          items: {
            type: 'object',
            required: ['port'],
            properties: { port: NUMBER, protocol: { type: 'string', default: 'TCP' }, name: TEXT },
          },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
        },
        items: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: TEXT,
              value: TEXT,
              nested: { type: 'object', properties: { x: TEXT, y: NUMBER } },
              tags: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' },
              env: {
                type: 'array',
                items: { type: 'object', required: ['name'], properties: { name: TEXT, value: TEXT } },
                'x-kubernetes-list-type': 'map',
                'x-kubernetes-list-map-keys': ['name'],
              },
            },
          },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        groups: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            properties: { a: TEXT, tags: { type: 'array', items: TEXT, 'x-kubernetes-list-type': 'set' } },
          },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        open: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object', properties: { a: TEXT } }, number: NUMBER },
        },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
        defaulted: { type: 'object', default: {}, properties: { a: { type: 'string', default: 'x' }, b: NUMBER } },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: TEXT,
        counts: { type: 'object', additionalProperties: NUMBER },
        conditions: {
          type: 'array',
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: TEXT, status: TEXT, reason: TEXT },
          },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
        },
      },
    },
  },
};

/** The definition that makes the kind known to a cluster. */
export const WIDGET_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.conformance.stageset.test' },
  spec: {
    group: 'conformance.stageset.test',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: WIDGET_SCHEMA },
      },
    ],
  },
};
