/** The schemas as plain data, for what reads them at run time: validation, defaulting and the CRDs. */
import type { Schema } from '@stageset/k8s';
import type { TSchema } from 'typebox';
import type { Extension } from './kit.ts';
import { stageInventorySpec, stageLedgerSpec, stageLedgerStatus } from './ledgers.ts';
import { stageSetSpec } from './stage-set-spec.ts';
import { stageSetStatus } from './stage-set-status.ts';

/** A schema of this API: no `$ref`, and `x-stageset` beside what Kubernetes knows. */
export interface Definition extends Omit<Schema, 'properties' | 'items' | 'additionalProperties'> {
  readonly properties?: Readonly<Record<string, Definition>>;
  readonly items?: Definition;
  readonly additionalProperties?: Definition;
  readonly 'x-stageset'?: Extension;
}

/** The builder's bookkeeping is dropped; what is left is what the kit has put in, and only that. */
export function definitionOf(schema: TSchema): Definition {
  return JSON.parse(JSON.stringify(schema)) as Definition;
}

export const STAGE_SET_SPEC = definitionOf(stageSetSpec);
export const STAGE_SET_STATUS = definitionOf(stageSetStatus);
export const STAGE_INVENTORY_SPEC = definitionOf(stageInventorySpec);
export const STAGE_LEDGER_SPEC = definitionOf(stageLedgerSpec);
export const STAGE_LEDGER_STATUS = definitionOf(stageLedgerStatus);
