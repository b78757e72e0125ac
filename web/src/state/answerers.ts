/** The personas and model profiles that the user may choose, as they were last loaded. */
import type { PersonaSummary } from '../../../shared/api/personas.ts'
import { signal, useSignal } from './signal.ts'

export interface Answerers {
  readonly personas: readonly Pick<PersonaSummary, 'id' | 'name' | 'description' | 'visibility'>[]
  /** Names of model profiles, in order. */
  readonly profiles: readonly string[]
  /** The profile that answers without a choice. Null: the model of the server. */
  readonly defaultProfile: string | null
}

/** Null: not loaded yet. */
export const answerers = signal<Answerers | null>(null)

/** The name of a persona; its id while the name is unknown. */
export function usePersonaName(id: string | undefined): string | undefined {
  const known = useSignal(answerers)
  return known?.personas.find((persona) => persona.id === id)?.name ?? id
}
