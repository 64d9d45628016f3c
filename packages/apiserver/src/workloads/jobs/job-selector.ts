import { type Fields, fieldsAt } from '../../builtin/fields.ts';
import type { WriteHook } from '../../registry/hooks.ts';

/** Gives a job its selector and its pods the labels that go with it, as the real registry does. */
export const JOB_SELECTOR: WriteHook = {
  name: 'job-selector',
  kinds: [{ group: 'batch', kind: 'Job' }],
  admit: (job, { operation }) => {
    const spec = fieldsAt(job, 'spec');
    if (operation !== 'create' || spec['manualSelector'] === true) return job;
    const { name, uid = '' } = job.metadata;
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const template = fieldsAt(spec, 'template');
    const metadata = fieldsAt(template, 'metadata');
    const own: Fields = { ...metadata, labels: { ...fieldsAt(metadata, 'labels'), ...labels } };
    const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
    return {
      ...job,
      metadata: { ...job.metadata, labels: { ...labels, ...job.metadata.labels } },
      spec: { ...spec, selector, template: { ...template, metadata: own } },
    };
  },
};
