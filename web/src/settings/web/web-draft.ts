/** The forms of web access and web search: the settings as texts, and back. Pure. */
import type { Settings } from '../../../../shared/settings/settings.ts'

type SearchSettings = Settings['search']
type WebSettings = Settings['web']

export interface SearchDraft {
  readonly engine: SearchSettings['engine']
  readonly address: string
  /** The name of a key. */
  readonly credential: string
}

export const searchDraftOf = ({ engine, base_url = '', credential = '' }: SearchSettings): SearchDraft => ({
  engine,
  address: base_url,
  credential,
})

/** Only what the engine uses is kept: SearXNG has no key, and no engine has nothing. */
export function searchOf({ engine, address, credential }: SearchDraft): SearchSettings {
  const base_url = address.trim() || undefined
  if (engine === 'searxng') return { engine, base_url }
  return engine === 'brave' ? { engine, base_url, credential: credential.trim() || undefined } : { engine }
}

export interface AccessDraft {
  /** Hosts, one per line. */
  readonly allow: string
  readonly deny: string
}

export const accessDraftOf = ({ allow, deny }: WebSettings): AccessDraft => ({ allow: allow.join('\n'), deny: deny.join('\n') })

const hostsOf = (text: string): string[] => text.split(/[\s,]+/).filter((host) => host !== '')

export const accessOf = ({ allow, deny }: AccessDraft): WebSettings => ({ allow: hostsOf(allow), deny: hostsOf(deny) })
