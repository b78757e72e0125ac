/** The face as a protected resource of OAuth (RFC 9728): which issuers' tokens it takes. A refused client finds the document by its challenge. */
import { createMiddleware } from 'hono/factory'
import { trustedIssuers } from '../../auth/trusted-issuers.ts'
import type { Gateway, GatewayContext } from '../../http/context.ts'
import { publicAddress } from '../../http/public-url.ts'

/** The path of the face. */
export const mcpPath = '/mcp'
/** The path of the document (RFC 9728 §3.1). */
export const resourcePath = `/.well-known/oauth-protected-resource${mcpPath}`
const maxAgeSeconds = 300

/** The document. An installation without trusted issuers names none: its users create API keys, or sign in to the web app. */
export function resourceDocument(c: GatewayContext): object {
  const issuers = trustedIssuers(c.env).map(({ rules }) => rules.issuer)
  return {
    resource: publicAddress(c, mcpPath),
    resource_name: 'Soma Edge',
    bearer_methods_supported: ['header'],
    ...(issuers.length > 0 && { authorization_servers: issuers }),
  }
}

/** The headers of the document. It is the same for everybody. */
export const resourceHeaders = { 'cache-control': `public, max-age=${maxAgeSeconds}`, 'access-control-allow-origin': '*' }

/** Adds the address of the document to the challenge of a refused credential (RFC 9728 §5.1). */
export const nameResource = createMiddleware<Gateway>(async (c, next) => {
  await next()
  const challenge = c.res.headers.get('www-authenticate')
  if (challenge === null) return
  const parameter = `resource_metadata="${publicAddress(c, resourcePath)}"`
  c.res.headers.set('www-authenticate', challenge === 'Bearer' ? `Bearer ${parameter}` : `${challenge}, ${parameter}`)
})
