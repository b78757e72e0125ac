import { windowOf } from '../../../../shared/context/window.ts'
import { knownModel } from '../../../../shared/model/known-models.ts'
import type { ModelProfile } from '../../../../shared/settings/settings.ts'
import { formatList, formatNumber } from '../../strings/format.ts'
import { settingsModels } from '../../strings/settings-models.ts'

/** What is known of the model `name`, in words. Empty for an empty name. */
export function modelFacts(name: string): string {
  if (name.trim() === '') return ''
  const texts = settingsModels.form
  const known = knownModel(name)
  if (!known) return texts.modelUnknown
  const abilities = (['tools', 'images', 'reasoning', 'structuredOutput', 'parallelCalls'] as const)
    .filter((ability) => known[ability])
    .map((ability) => settingsModels.abilities[ability])
  const sizes = texts.modelKnown({ window: formatNumber(known.windowTokens), answer: formatNumber(known.outputTokens) })
  return abilities.length === 0 ? sizes : `${sizes} ${texts.modelAbilities({ abilities: formatList(abilities) })}`
}

/** The window of a profile, in words. Null for the builtin responder. */
export function windowFacts(profile: ModelProfile): string | null {
  if (profile.provider === 'builtin') return null
  const { windowTokens } = windowOf(profile)
  const texts = settingsModels.row
  return windowTokens === null ? texts.unknownWindow : texts.window({ tokens: formatNumber(windowTokens) })
}
