/** Loads what a message can choose: personas and model profiles. */
import type { PersonaList, PersonaView } from '../../../../shared/api/personas.ts'
import type { SettingsView } from '../../../../shared/api/settings.ts'
import { callableProfiles } from '../../../../shared/settings/model-access.ts'
import { answerers } from '../../state/answerers.ts'
import { transport } from '../../state/transport.ts'

const read = async <T>(path: string): Promise<T> => (await transport('GET', path)).json()

/** Reads the lists. A list that cannot be read keeps what was there: the conversation works without a choice. */
export async function loadAnswerers(): Promise<void> {
  const orNull = <T>(reading: Promise<T>): Promise<T | null> => reading.catch(() => null)
  const [list, view] = await Promise.all([orNull(read<PersonaList>('/v1/personas')), orNull(read<SettingsView>('/v1/settings'))])
  const before = answerers.get()
  const personas = list?.personas ?? before?.personas
  if (personas === undefined && view === null) return
  answerers.set({
    personas: personas ?? [],
    profiles: view ? callableProfiles(view.settings) : (before?.profiles ?? []),
    defaultProfile: view ? view.settings.chat.profile : (before?.defaultProfile ?? null),
  })
}

export const readPersona = (id: string): Promise<PersonaView> => read(`/v1/personas/${encodeURIComponent(id)}`)
