import { apply, get, type Json, jsonPatch, merge, post, put, remove, strategic } from './transcript/steps.ts';
import { type Case, transcripts } from './transcript/transcript.ts';

const configMap = (rest: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: '{n}' },
  ...rest,
});
const deployment = (spec: Json = {}, container: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: '{n}' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i', ...container }] } },
    ...spec,
  },
});
const make = post('configmaps', configMap({ data: { k: 'v' } }));
const see = ['metadata.name', 'data'];

const dryRun: Case[] = [
  { name: 'a dry run creates nothing', steps: [post('configmaps?dryRun=All', configMap()), get('configmaps/{n}')] },
  { name: 'a dry run answers what would be', steps: [post('configmaps?dryRun=All', configMap({ data: { a: '1' } }))] },
  { name: 'a dry run refuses what would be refused', steps: [make, post('configmaps?dryRun=All', configMap())] },
  {
    name: 'a dry run of an update changes nothing',
    steps: [make, put('configmaps/{n}?dryRun=All', configMap()), get('configmaps/{n}')],
  },
  {
    name: 'a dry run of an update answers what would be',
    steps: [make, put('configmaps/{n}?dryRun=All', configMap())],
  },
  {
    name: 'a dry run of a patch changes nothing',
    steps: [make, merge('configmaps/{n}?dryRun=All', { data: { k: 'w' } }), get('configmaps/{n}')],
  },
  {
    name: 'a dry run of an apply creates nothing',
    steps: [apply('configmaps/{n}?dryRun=All', 'm', configMap()), get('configmaps/{n}')],
  },
  {
    name: 'a dry run of a deletion deletes nothing',
    steps: [make, remove('configmaps/{n}?dryRun=All'), get('configmaps/{n}')],
  },
  {
    name: 'a dry run of a deletion, from its body',
    steps: [make, remove('configmaps/{n}', { dryRun: ['All'] }), get('configmaps/{n}')],
  },
  { name: 'half a dry run does not exist', steps: [post('configmaps?dryRun=Some', configMap())] },
  { name: 'half a dry run of a patch does not exist', steps: [make, merge('configmaps/{n}?dryRun=Some', {})] },
  { name: 'half a dry run of an update does not exist', steps: [make, put('configmaps/{n}?dryRun=Some', configMap())] },
  {
    name: 'half a dry run of a deletion does not exist',
    steps: [make, remove('configmaps/{n}', { dryRun: ['Some'] })],
  },
];

const misspelt = configMap({ dat: { k: 'v' } });
const validation: Case[] = [
  { name: 'an unknown field is dropped with a warning by default', steps: [post('configmaps', misspelt)] },
  { name: 'an unknown field is dropped with a warning', steps: [post('configmaps?fieldValidation=Warn', misspelt)] },
  { name: 'an unknown field is dropped in silence', steps: [post('configmaps?fieldValidation=Ignore', misspelt)] },
  { name: 'an unknown field is refused', steps: [post('configmaps?fieldValidation=Strict', misspelt)] },
  { name: 'another word for validation is refused', steps: [post('configmaps?fieldValidation=Sometimes', misspelt)] },
  {
    name: 'a nested unknown field is named by its path',
    steps: [post('apps/v1:deployments?fieldValidation=Strict', deployment({}, { imag: 'x' }))],
  },
  {
    name: 'several unknown fields are named together',
    steps: [post('apps/v1:deployments?fieldValidation=Strict', deployment({ replica: 1, paus: true }, { imag: 'x' }))],
  },
  {
    name: 'unknown fields are warned of one by one',
    steps: [post('apps/v1:deployments', deployment({ replica: 1 }, { imag: 'x' }))],
    see: ['metadata.name'],
  },
  {
    name: 'a field that is given twice is warned of',
    steps: [post('configmaps', '{"metadata":{"name":"{n}"},"data":{"a":"1","a":"2"}}')],
  },
  {
    name: 'a field that is given twice is refused',
    steps: [post('configmaps?fieldValidation=Strict', '{"metadata":{"name":"{n}"},"data":{"a":"1","a":"2"}}')],
  },
  {
    name: 'a field in another case is unknown',
    steps: [post('configmaps?fieldValidation=Strict', configMap({ Data: { k: 'v' } }))],
  },
  {
    name: 'an unknown field of an update is refused',
    steps: [make, put('configmaps/{n}?fieldValidation=Strict', misspelt)],
  },
  { name: 'an unknown field of an update is warned of', steps: [make, put('configmaps/{n}', misspelt)], see },
  {
    name: 'an unknown field of a merge patch is refused',
    wordingAside: 'it quotes the whole patched object',
    steps: [make, merge('configmaps/{n}?fieldValidation=Strict', { dat: {} })],
  },
  {
    name: 'an unknown field of a merge patch is warned of',
    steps: [make, merge('configmaps/{n}', { dat: { k: 'v' } })],
    see,
  },
  {
    name: 'an unknown field of a strategic patch is refused',
    wordingAside: 'it quotes the whole patched object',
    steps: [make, strategic('configmaps/{n}?fieldValidation=Strict', { dat: {} })],
  },
  {
    name: 'an unknown field of a JSON patch is refused',
    wordingAside: 'it quotes the whole patched object',
    steps: [make, jsonPatch('configmaps/{n}?fieldValidation=Strict', [{ op: 'add', path: '/dat', value: {} }])],
  },
  {
    name: 'an unknown field of a JSON patch is warned of',
    steps: [make, jsonPatch('configmaps/{n}', [{ op: 'add', path: '/dat', value: {} }])],
    see,
  },
  { name: 'an unknown field of an apply is refused', steps: [apply('configmaps/{n}', 'm', misspelt)] },
  {
    name: 'an unknown field of a strict apply is refused',
    steps: [apply('configmaps/{n}?fieldValidation=Strict', 'm', misspelt)],
  },
  {
    name: 'a metadata field that nobody knows is refused',
    steps: [post('configmaps?fieldValidation=Strict', configMap({ metadata: { name: '{n}', nam: 'x' } }))],
  },
  {
    name: 'an unknown field at a dry run is refused',
    steps: [post('configmaps?fieldValidation=Strict&dryRun=All', misspelt)],
  },
];

const managers: Case[] = [
  {
    name: 'a field manager is remembered',
    steps: [post('configmaps?fieldManager=me', configMap({ data: { a: '1' } }))],
    ownership: true,
  },
  {
    name: 'a field manager of more than 128 letters is refused',
    steps: [post(`configmaps?fieldManager=${'m'.repeat(129)}`, configMap())],
  },
  {
    name: 'a field manager with letters that do not print is refused',
    steps: [post('configmaps?fieldManager=a%0Ab', configMap())],
  },
  {
    name: 'without a field manager, the first word of the user agent counts',
    steps: [post('configmaps', configMap({ data: { a: '1' } }), { headers: { 'user-agent': 'tool/v1.2 (x)' } })],
    ownership: true,
  },
  { name: 'an apply needs a field manager', steps: [apply('configmaps/{n}', '', configMap())] },
  { name: 'force is for applies alone', steps: [make, merge('configmaps/{n}?force=true', {})] },
  { name: 'force has two values', steps: [apply('configmaps/{n}?force=maybe', 'm', configMap())] },
  {
    name: 'an update by another manager takes over what it changes',
    steps: [
      post('configmaps?fieldManager=a', configMap({ data: { a: '1', b: '1' } })),
      put('configmaps/{n}?fieldManager=b', configMap({ data: { a: '1', b: '2' } })),
    ],
    ownership: true,
  },
  {
    name: 'an update may clear all ownership',
    steps: [
      post('configmaps?fieldManager=a', configMap({ data: { a: '1' } })),
      put(
        'configmaps/{n}?fieldManager=b',
        configMap({ metadata: { name: '{n}', managedFields: [{}] }, data: { a: '1' } }),
      ),
    ],
    ownership: true,
  },
  {
    name: 'a patch may clear all ownership',
    steps: [
      post('configmaps?fieldManager=a', configMap({ data: { a: '1' } })),
      merge('configmaps/{n}', { metadata: { managedFields: [{}] } }),
    ],
    ownership: true,
  },
];

transcripts('dry-run', dryRun);
transcripts('field validation', validation);
transcripts('field managers', managers);
