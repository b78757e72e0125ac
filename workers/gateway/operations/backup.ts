/**
 * `/v1/admin`: backup and restore across tenants. For operators: no sign-in grants the scope.
 * Only these routes take a tenant's name from a request. Each call is logged, without content.
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import {
  ListSubjectSessions,
  ListSubjects,
  ListTenants,
  PruneCopies,
  PrunedCopies,
  RestoreObject,
  RestoreSession,
  RestoreState,
  SessionNames,
  SnapshotRef,
  SubjectNames,
  TenantNames,
} from '../../../shared/api/backup.ts'
import { limits } from '../../../shared/api/limits.ts'
import { Subject, sessionListObjectName, sessionObjectName, tenantDirectoryName } from '../../../shared/ids.ts'
import { backupScope, ObjectRef } from '../../../shared/session/backup.ts'
import { restoreObjectPath, restorePath } from '../http/body.ts'
import type { Gateway } from '../http/context.ts'
import { json, jsonBody, jsonLines, onInvalid, problems } from '../http/openapi.ts'
import { background } from '../http/parties.ts'
import { problem } from '../http/problem.ts'
import { logAdminCall } from '../http/request-log.ts'
import { createRoute } from '../http/route.ts'
import { backupObject } from './backup-object.ts'

const tags = ['Administration']
const description = `For operators: requires the scope \`${backupScope}\`. Works across tenants.`

/** Maximum names of a page. Each subject costs a call to its object. */
const pageNames = 100

const listTenants = createRoute({
  method: 'get',
  path: '/v1/admin/tenants',
  tags,
  summary: 'List all tenants by name',
  description,
  request: { query: ListTenants },
  responses: { 200: json(TenantNames), ...problems(401, 403) },
})

const listSubjects = createRoute({
  method: 'get',
  path: '/v1/admin/subjects',
  tags,
  summary: "List a tenant's subjects with their session counts",
  description,
  request: { query: ListSubjects },
  responses: {
    200: json(SubjectNames),
    ...problems(400, 401, 403),
  },
})

const listSessions = createRoute({
  method: 'get',
  path: '/v1/admin/sessions',
  tags,
  summary: "List a subject's session ids, including deleted sessions",
  description,
  request: { query: ListSubjectSessions },
  responses: { 200: json(SessionNames), ...problems(400, 401, 403) },
})

const readSnapshot = createRoute({
  method: 'get',
  path: '/v1/admin/snapshot',
  tags,
  summary: "Read a session's snapshot as lines of JSON",
  description: `${description} The last line is \`end\`; without it, the snapshot is incomplete.`,
  request: { query: SnapshotRef },
  responses: {
    200: jsonLines,
    ...problems(400, 401, 403, 404),
  },
})

const restore = createRoute({
  method: 'post',
  path: restorePath,
  tags,
  summary: 'Restore a session from the lines of its snapshot, in order',
  description: `${description} The session appears only after the line \`end\`. A call takes at most ${limits.importBytes} bytes.`,
  request: {
    body: jsonBody(RestoreSession),
  },
  responses: { 200: json(RestoreState), ...problems(400, 401, 403, 409, 413) },
})

const readObject = createRoute({
  method: 'get',
  path: '/v1/admin/object',
  tags,
  summary: 'Read the rows of an object beside sessions as lines of JSON',
  description: `${description} Secrets are sealed or hashed, as on disk. The last line is \`end\`; without it, the rows are incomplete.`,
  request: { query: ObjectRef },
  responses: { 200: jsonLines, ...problems(400, 401, 403, 404, 503) },
})

const restoreObject = createRoute({
  method: 'post',
  path: restoreObjectPath,
  tags,
  summary: 'Restore an object from its lines, in order',
  description: `${description} The rows count only after the line \`end\`. A call takes at most ${limits.importBytes} bytes.`,
  request: { body: jsonBody(RestoreObject) },
  responses: { 200: json(RestoreState), ...problems(400, 401, 403, 409, 413, 503) },
})

const prune = createRoute({
  method: 'post',
  path: '/v1/admin/copies/prune',
  tags,
  summary: 'Delete copies of sessions that do not exist, page by page',
  description: `${description} Use it after a restore, when Postgres holds sessions that the backup does not.`,
  request: {
    body: jsonBody(PruneCopies),
  },
  responses: {
    200: json(PrunedCopies),
    ...problems(400, 401, 403, 503),
  },
})

/** `restoring`: the session that the body's lines belong to. */
interface Admin extends Gateway {
  Variables: Gateway['Variables'] & { restoring?: string }
}

/** Restricts a route to operators, and logs each call with its status. */
const requireOperator = createMiddleware<Admin>(async (c, next) => {
  const { scopes } = c.var.principal
  if (scopes.includes(backupScope)) await next()
  else c.res = problem(c, { kind: 'forbidden', scope: backupScope })
  const { tenant, session } = c.req.query()
  const requested = session === undefined ? tenant : `${tenant}/${session}`
  logAdminCall(c, { target: c.var.restoring ?? requested })
})

/** The cursor of the next page: the last name of a full page. */
const nextOf = (names: readonly string[]): string | null => (names.length === pageNames ? (names.at(-1) ?? null) : null)

const routes = new OpenAPIHono<Admin>({ defaultHook: onInvalid })
routes.use('/v1/admin/*', requireOperator)

export const backupRoutes = routes
  .openapi(listTenants, async (c) => {
    const names = await c.env.DIRECTORY.getByName(tenantDirectoryName).names(c.req.valid('query').after, pageNames)
    return c.json({ tenants: names, next: nextOf(names) }, 200)
  })
  .openapi(listSubjects, async (c) => {
    const { tenant, after } = c.req.valid('query')
    const names = await c.env.DIRECTORY.getByName(tenant).names(after, pageNames)
    const subjects = names.map(async (subject) => ({
      subject,
      sessions: await c.env.HOME.getByName(sessionListObjectName(tenant, Subject.parse(subject))).count(),
    }))
    return c.json({ subjects: await Promise.all(subjects), next: nextOf(names) }, 200)
  })
  .openapi(listSessions, async (c) => {
    const { tenant, subject, after } = c.req.valid('query')
    const sessions = await c.env.HOME.getByName(sessionListObjectName(tenant, subject)).everySession(after, pageNames)
    return c.json({ sessions, next: nextOf(sessions) }, 200)
  })
  .openapi(readSnapshot, async (c) => {
    const { tenant, session, recordings } = c.req.valid('query')
    const lines = await c.env.SESSION.getByName(sessionObjectName(tenant, session)).snapshot(recordings === 'true')
    return lines ? (c.body(lines, 200, { 'content-type': 'application/x-ndjson' }) as never) : problem(c, { kind: 'not_found' })
  })
  .openapi(restore, async (c) => {
    const { tenant, session, backup, lines } = c.req.valid('json')
    c.set('restoring', sessionObjectName(tenant, session))
    const restored = await c.env.SESSION.getByName(sessionObjectName(tenant, session)).adopt(tenant, session, backup, lines)
    return restored.ok ? c.json({ state: restored.value }, 200) : problem(c, restored.error)
  })
  .openapi(readObject, async (c) => {
    const ref = c.req.valid('query')
    const object = backupObject(c.env, ref)
    if (!object.ok) return problem(c, object.error)
    const lines = await object.value((rows) => rows.exportRows(ref))
    if (!lines.ok) return problem(c, lines.error)
    return lines.value ? (c.body(lines.value, 200, { 'content-type': 'application/x-ndjson' }) as never) : problem(c, { kind: 'not_found' })
  })
  .openapi(restoreObject, async (c) => {
    const { kind, tenant, subject, ...request } = c.req.valid('json')
    c.set('restoring', [kind, tenant, subject].filter(Boolean).join('/'))
    const object = backupObject(c.env, { kind, tenant, subject })
    if (!object.ok) return problem(c, object.error)
    const result = await object.value((rows) => rows.restoreRows({ of: { kind, tenant, subject }, ...request }))
    const restored = result.ok ? result.value : result
    return restored.ok ? c.json({ state: restored.value }, 200) : problem(c, restored.error)
  })
  .openapi(prune, async (c) => {
    const pruned = await background(c).prune(c.req.valid('json').after)
    return pruned ? c.json(pruned, 200) : problem(c, { kind: 'unavailable', what: 'Postgres' })
  })
