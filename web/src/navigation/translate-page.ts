import { showToast } from '../state/toast.ts'
import type { Language } from '../strings/current.ts'
import { chooseLanguage } from '../strings/language.ts'
import { navigation } from '../strings/navigation.ts'

/** Shows the page in another language. A language that cannot be loaded is reported in the current one. */
export const translatePage = (language: Language): Promise<void> =>
  chooseLanguage(language).catch(() => showToast(navigation.accountMenu.languageFailed, 'error'))
