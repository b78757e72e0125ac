/** The platform's own model, from `model.json`, which `npm run generate` compiles from `model.fga`. */

import json from './model.json' with { type: 'json' }
import { AuthorizationModel } from './model.ts'

const parsed = AuthorizationModel.fromJson(json)
if (!parsed.ok) throw new Error(`The platform's authorization model is invalid: ${parsed.error.detail}`)

/** The model of every tenant's store. */
export const platformModel: AuthorizationModel = parsed.value
