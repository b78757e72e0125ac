/** Where memory is switched off. Pure. */
import type { Metadata } from '../events/event.ts'
import type { Persona } from '../persona/persona.ts'
import type { Settings } from '../settings/settings.ts'

/** Whether a message recalls nothing, or is not remembered: the message says so, its persona, or the workspace. */
export const isMemoryOff = (
  switched: 'recall' | 'remember',
  { metadata }: { readonly metadata: Metadata },
  { memory }: Pick<Settings, 'memory'>,
  persona: Pick<Persona, 'memory'> | undefined,
): boolean => memory[switched] === 'off' || persona?.memory === 'off' || metadata.memory === 'off'
