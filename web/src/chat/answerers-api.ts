/** Loads what a message can choose: personas and model profiles. */
import type { PersonaList, PersonaView } from '../../../shared/api/personas.ts'
import type { SettingsView } from '../../../shared/api/settings.ts'
import { answerers } from '../state/answerers.ts'
import { transport } from '../state/transport.ts'

const read = async <T>(path: string): Promise<T> => (await transport('GET', path)).json()

/** Reads the lists. A failed read keeps what was there: the conversation works without a choice. */
export async function loadAnswerers(): Promise<void> {
  const lists = await Promise.all([read<PersonaList>('/v1/personas'), read<SettingsView>('/v1/settings')]).catch(() => null)
  if (lists === null) return
  const [{ personas }, { settings }] = lists
  const profiles = Object.keys(settings.models).sort()
  answerers.set({ personas, profiles, defaultProfile: settings.chat.profile })
}

export const readPersona = (id: string): Promise<PersonaView> => read(`/v1/personas/${encodeURIComponent(id)}`)
