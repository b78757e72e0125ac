/** What a turn reads of its tenant, with one call. Types only. */
import type { StoredPersona } from '../persona/persona.ts'
import type { ToolVersions } from '../tool/catalog-ports.ts'
import type { StoredSettings } from './settings.ts'

/** What a turn knows, and what it asks for. */
export interface TurnQuestion {
  /** The version of the settings that the caller has. Absent: none. */
  readonly settings?: number | undefined
  /** Absent: the turn has no persona. */
  readonly persona?: string | undefined
}

/** What a turn reads of its tenant. */
export interface TurnSources {
  /** Null: the known version is still the newest. */
  readonly settings: StoredSettings | null
  /** Null: there is no such persona. */
  readonly persona: StoredPersona | null
  readonly tools: ToolVersions
}
