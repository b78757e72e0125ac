/** The page of web access and web search. */
import type { SearchEngine } from '../../../../shared/settings/search-engines.ts'

const engines: Readonly<Record<SearchEngine, string>> = { none: 'None', searxng: 'SearXNG', brave: 'Brave Search' }

export const settingsWeb = {
  page: {
    title: 'Web',
    lead: 'What the tools http_fetch and web_search may reach on the internet. Private addresses are always refused.',
  },
  search: {
    title: 'Web search',
    text: 'Which search engine answers web_search. Without one, the tool says that no engine is set up.',
    engine: 'Search engine',
    address: 'Address',
    addressHint: 'Of your SearXNG server. Its settings must allow the format json.',
    braveAddressHint: 'Empty: https://api.search.brave.com',
    credential: 'Key',
    credentialHint: 'The name of a key from {link}.',
    secretsLink: 'Secrets',
    noKey: 'No key with that name yet.',
    saveButton: 'Save search engine',
    savedNotice: 'Search engine saved',
  },
  engines,
  access: {
    title: 'Hosts that http_fetch may read',
    text: 'One host per line, such as example.com or *.example.com. With a port, only that port.',
    allow: 'Only these hosts',
    allowHint: 'Empty: every public host, on the ports 80 and 443.',
    deny: 'Never these hosts',
    denyHint: 'They are refused even if they are allowed above.',
    saveButton: 'Save hosts',
    savedNotice: 'Hosts saved',
  },
}
