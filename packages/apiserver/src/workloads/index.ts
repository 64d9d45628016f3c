export {
  type Match,
  parseScenario,
  type RuleDocument,
  readScenario,
  type Scenario,
  type ScenarioDocument,
  ScenarioError,
} from './scenario/scenario.ts';
export { addServerHooks } from './server-hooks.ts';
export { type Simulation, type SimulationOptions, startSimulation } from './simulation.ts';
export { DEFAULT_TIMING, type Timing } from './timing.ts';
