export { FakeClock } from './fake-clock.ts';
export { aConfigMap, aDeployment, aNamespace, anObject, aSecret, live, type ObjectParts } from './objects.ts';
