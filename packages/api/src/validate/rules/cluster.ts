/** The cluster to deliver to. */
import { exactlyOne, type Rule } from './rule.ts';

export const cluster: Rule = ({ kubeConfig }, report) => {
  if (kubeConfig !== undefined) exactlyOne(kubeConfig, ['secretRef', 'configMapRef'], ['spec', 'kubeConfig'], report);
};
