/** The search engines that `web_search` may ask. */
export const searchEngines = ['none', 'searxng', 'brave'] as const
export type SearchEngine = (typeof searchEngines)[number]
