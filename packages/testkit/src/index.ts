export { FakeClock } from './fake-clock.ts';
export {
  aConfigMap,
  aDeployment,
  aNamespace,
  anExternalArtifact,
  anObject,
  aSecret,
  aStage,
  aStageSet,
  live,
  type ObjectParts,
} from './objects.ts';
