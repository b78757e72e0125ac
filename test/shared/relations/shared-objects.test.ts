import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sharedObjects } from '../../../shared/relations/shared-objects.ts'
import { fail, ok } from '../../../shared/result.ts'

const tuples = [
  { object: 'session:own', relation: 'viewer', user: 'user:ada' },
  { object: 'session:own', relation: 'member', user: 'user:ada' },
  { object: 'session:of-group', relation: 'viewer', user: 'group:writers#member' },
  { object: 'session:of-tenant', relation: 'viewer', user: 'tenant:acme#member' },
  { object: 'session:of-others', relation: 'viewer', user: 'group:readers#member' },
  { object: 'group:writers', relation: 'member', user: 'user:ada' },
  { object: 'tenant:acme', relation: 'member', user: 'user:ada' },
]
const read = async ({ object, user }: { object: string; user: string }) =>
  ok({ tuples: tuples.filter((tuple) => tuple.object.startsWith(object) && tuple.user === user) })

describe('The sessions that an OpenFGA server shares with a user', () => {
  it('are those of the user, their groups and their tenant, each once', async () => {
    assert.deepEqual(await sharedObjects(read, 'user:ada', 30), ['session:own', 'session:of-group', 'session:of-tenant'])
    assert.deepEqual(await sharedObjects(read, 'user:bob', 30), [])
    assert.deepEqual(await sharedObjects(read, 'user:ada', 2), ['session:own', 'session:of-group'])
  })

  it('cost a bounded number of requests, and are none where a read fails', async () => {
    let requests = 0
    const many = async ({ object }: { object: string }) => {
      requests += 1
      return ok({
        tuples: Array.from({ length: 500 }, (_, index) => ({ object: `${object}${index}`, relation: 'member', user: 'user:ada' })),
      })
    }
    assert.equal((await sharedObjects(many, 'user:ada', 30)).length, 30)
    assert.ok(requests <= 23, `${requests} requests`)
    assert.deepEqual(await sharedObjects(async () => fail({ code: 'unavailable', detail: '' }), 'user:ada', 30), [])
  })
})
