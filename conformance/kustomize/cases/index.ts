import type { Area } from '../tree.ts';
import { DOCUMENT_CASES } from './documents.ts';
import {
  CONFIGURATION_CASES,
  INTERACTION_CASES,
  METADATA_CASES,
  ORDER_CASES,
  PLUGIN_CASES,
  VAR_CASES,
} from './extras.ts';
import { FOUND_CASES } from './found.ts';
import { GENERATOR_CASES } from './generators.ts';
import { COMPONENT_CASES, KUSTOMIZATION_CASES } from './kustomizations.ts';
import { JSON_PATCH_CASES, PATCH_CASES, TARGET_CASES } from './patches.ts';
import { REPLACEMENT_CASES } from './replacements.ts';
import { KEY_CASES, SCALAR_CASES } from './scalars.ts';
import { IMAGE_CASES, REFERENCE_CASES, REPLICA_CASES, TRANSFORMER_CASES } from './transformers.ts';

/** The corpus: areas by the name of their file of answers. */
export const AREAS: Readonly<Record<string, Area>> = {
  scalars: SCALAR_CASES,
  keys: KEY_CASES,
  documents: DOCUMENT_CASES,
  kustomizations: KUSTOMIZATION_CASES,
  components: COMPONENT_CASES,
  generators: GENERATOR_CASES,
  patches: PATCH_CASES,
  'json-patches': JSON_PATCH_CASES,
  targets: TARGET_CASES,
  transformers: TRANSFORMER_CASES,
  images: IMAGE_CASES,
  replicas: REPLICA_CASES,
  references: REFERENCE_CASES,
  replacements: REPLACEMENT_CASES,
  configurations: CONFIGURATION_CASES,
  order: ORDER_CASES,
  metadata: METADATA_CASES,
  vars: VAR_CASES,
  plugins: PLUGIN_CASES,
  interactions: INTERACTION_CASES,
  found: FOUND_CASES,
};
