import { PGlite } from '@electric-sql/pglite'
import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'

const secret = 'postgres://soma:right@localhost/soma'
let server: NeonServer
let sql: NeonQueryFunction<false, false>

beforeAll(async () => {
  server = await serveNeon(PGlite.create(), secret)
  neonConfig.fetchEndpoint = server.endpoint
  sql = neon(secret)
  await sql`create table thing (id int primary key, name text, at timestamptz, tags text[], body jsonb, big bigint)`
}, 30_000)
afterAll(() => server.close())

describe("Neon's protocol over PGlite", () => {
  it('round-trips every kind of value', async () => {
    const at = new Date('2026-01-02T03:04:05.678Z')
    const body = { text: 'é 👩‍👩‍👧 "quoted" \\ back', list: [1, null, true] }
    await sql`insert into thing values (1, ${'a'}, ${at}, ${['x', 'y z']}, ${JSON.stringify(body)}, ${9007199254740993n.toString()})`
    expect(await sql`select * from thing where id = ${1}`).toEqual([
      { id: 1, name: 'a', at, tags: ['x', 'y z'], body, big: '9007199254740993' },
    ])
  })

  it('distinguishes null from an empty string', async () => {
    expect(await sql`select ${null}::text as nothing, ${''}::text as empty`).toEqual([{ nothing: null, empty: '' }])
  })

  it('counts the rows that a statement changed', async () => {
    await sql`insert into thing (id) values (20), (21)`
    const full = neon(secret, { fullResults: true })
    expect(await full`update thing set name = 'b' where id in (20, 21)`).toMatchObject({ command: 'UPDATE', rowCount: 2, rows: [] })
    expect(await full`select id from thing where id in (20, 21)`).toMatchObject({ command: 'SELECT', rowCount: 2 })
  })

  it('returns rows as arrays on request', async () => {
    expect(await neon(secret, { arrayMode: true })`select 1 as a, 2 as a`).toEqual([[1, 2]])
  })

  it('applies transactions atomically', async () => {
    const transaction = sql.transaction([sql`insert into thing (id) values (30)`, sql`insert into thing (id) values (30)`])
    await expect(transaction).rejects.toMatchObject({ name: 'NeonDbError', code: '23505', constraint: 'thing_pkey' })
    expect(await sql`select 1 from thing where id = 30`).toEqual([])
    const [, second] = await sql.transaction([sql`insert into thing (id) values (31)`, sql`select id from thing where id = 31`])
    expect(second).toEqual([{ id: 31 }])
  })

  it('honours isolation level and read only', async () => {
    const settings = await sql.transaction([sql`show transaction_isolation`, sql`show transaction_read_only`], {
      isolationLevel: 'Serializable',
      readOnly: true,
    })
    expect(settings).toEqual([[{ transaction_isolation: 'serializable' }], [{ transaction_read_only: 'on' }]])
    await expect(sql.transaction([sql`insert into thing (id) values (40)`], { readOnly: true })).rejects.toMatchObject({ code: '25006' })
  })

  it('returns the errors of Postgres', async () => {
    await expect(sql`select * from nowhere`).rejects.toMatchObject({ code: '42P01', message: 'relation "nowhere" does not exist' })
    await expect(sql`select ${'x'}::int`).rejects.toMatchObject({ code: '22P02' })
  })

  it.each(['begin', 'COMMIT', ' set search_path = other', '/* hi */ savepoint a', '-- hi\nrollback'])(
    'rejects %j, which would outlive its request',
    async (query) => {
      await expect(sql.query(query)).rejects.toMatchObject({ code: '0A000' })
    },
  )

  it('rejects a wrong password', async () => {
    await expect(neon('postgres://soma:wrong@localhost/soma')`select 1`).rejects.toMatchObject({ code: '28P01' })
  })

  it('survives invalid bodies', async () => {
    const post = (body: string) => fetch(server.endpoint, { method: 'POST', body, headers: { 'neon-connection-string': secret } })
    expect((await post('{')).status).toBe(400)
    expect((await post('[]')).status).toBe(400)
    expect((await post('{"query": 1}')).status).toBe(400)
    expect((await post('{"query": "select 1"}')).status).toBe(200)
  })

  it('answers concurrent requests', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => sql`select ${n}::int as n`))
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })
})
