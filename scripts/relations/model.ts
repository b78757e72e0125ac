/** Compiles OpenFGA's modelling language to an authorization model. Workers read the compiled JSON, so this stays out of their bundles. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelFailure } from '../../shared/relations/failure.ts'
import { AuthorizationModel } from '../../shared/relations/model.ts'
import type { Result } from '../../shared/result.ts'
import { root } from '../project.ts'
import { parseDsl } from './dsl.ts'

/** The source of the platform's model. */
export const platformDsl = readFileSync(join(root, 'shared/relations/model.fga'), 'utf8')

/** The model that `source` defines, or its first error with line and column. */
export function modelFromDsl(source: string): Result<AuthorizationModel, ModelFailure> {
  const json = parseDsl(source)
  return json.ok ? AuthorizationModel.fromJson(json.value) : json
}

/** The text of `shared/relations/model.json`. Throws when the platform's model has an error. */
export function compilePlatformModel(): string {
  const model = modelFromDsl(platformDsl)
  if (model.ok) return `${JSON.stringify(model.value.json, null, 2)}\n`
  const { line, column, detail } = model.error
  throw new Error(`shared/relations/model.fga:${line}:${column}: ${detail}`)
}
