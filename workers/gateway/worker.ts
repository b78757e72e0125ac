/** The gateway: the only Worker that the internet can reach. Wiring only. */
import { env } from 'cloudflare:workers'
import { OpenAPIHono } from '@hono/zod-openapi'
import { secureHeaders } from 'hono/secure-headers'
import type { H, RouterRoute } from 'hono/types'
import { getPath } from 'hono/utils/url'
import { readVariable } from '../../shared/settings/variables.ts'
import { addRoutes } from './app.ts'
import { checkMethod } from './http/check-method.ts'
import type { Gateway } from './http/context.ts'
import { allowOrigins } from './http/cors.ts'
import { rejectForeignHost } from './http/development-host.ts'
import { faultResponse } from './http/fault-response.ts'
import { describeApi } from './http/openapi.ts'
import { pageOrNotFound } from './http/pages.ts'
import { PathRouter, withoutTrailingSlash } from './http/path-router.ts'
import { startRequest } from './http/start-request.ts'
import { logger } from './logger.ts'

logger.setLevel(readVariable(env, 'SOMA_LOG_LEVEL'))

/** A build constant: false in `wrangler.toml`, true in `npm start`. */
declare const DEVELOPMENT_BUILD: boolean

const router = new PathRouter<[H, RouterRoute]>()
/** Every path works with a slash at its end as well. */
const app = new OpenAPIHono<Gateway>({ router, getPath: (request) => withoutTrailingSlash(getPath(request)) })

app.use(startRequest, allowOrigins)
app.use(
  secureHeaders({
    xFrameOptions: 'DENY',
    referrerPolicy: 'no-referrer',
    crossOriginResourcePolicy: 'same-origin',
    // These headers address browsers that are no longer in use.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xDnsPrefetchControl: false,
  }),
)
// A deployed build does not contain it.
if (DEVELOPMENT_BUILD) app.use(rejectForeignHost())
app.use(checkMethod(router))
addRoutes(app)
describeApi(app)
app.notFound(pageOrNotFound)
app.onError(faultResponse)

export default app satisfies ExportedHandler<GatewayEnv>
