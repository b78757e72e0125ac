/** soma-state: exports the object classes; nothing else. It has no address of its own. */
export { Directory } from './directory.ts'
export { Home } from './home.ts'
export { Session } from './session.ts'

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler
