/** The contract on both drivers, the remote driver's failures, and random questions to both. Prints one line per test, and the totals. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { parseDsl } from '../../../scripts/relations/dsl.ts'
import { modelFromDsl, platformDsl } from '../../../scripts/relations/model.ts'
import type { AuthorizationModel } from '../../../shared/relations/model.ts'
import { createStore, openFga, writeModel } from '../../../shared/relations/openfga.ts'
import { localRelations } from '../../../shared/relations/relations.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'
import { startStack } from '../../support/stack.ts'
import { user } from '../../support/user.ts'
import { conditionModels, expressionDsl, expressions } from './conditions.ts'
import { contract, type Open, tuple } from './contract.ts'
import { type Comparison, compare, createSample, random } from './differential.ts'
import { install, type Server, start } from './server.ts'

const rounds = Number(process.env.SOMA_OPENFGA_ROUNDS ?? 2)
/** The default seed, so that each run has the same questions. Other seeds can find OpenFGA's own races. */
const seed = Number(process.env.SOMA_SEED ?? 1)
const tally = { passed: 0, failed: 0, skipped: 0 }

async function runTest(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body()
    tally.passed += 1
    console.log(`✓ ${name}`)
  } catch (error) {
    tally.failed += 1
    console.log(`✗ ${name}\n${error instanceof Error ? error.message : error}`)
  }
}

function parseModel(dsl: string): AuthorizationModel {
  const model = modelFromDsl(dsl)
  if (!model.ok) throw new Error(`${model.error.line}:${model.error.column}: ${model.error.detail}`)
  return model.value
}

const unwrap = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

const openLocal: Open = async (dsl) => localRelations(parseModel(dsl), new InMemoryTupleStore())

const openRemote =
  ({ url, token }: Server): Open =>
  async (dsl) => {
    const storeId = unwrap(await createStore({ url, token }, 'test'))
    const modelId = unwrap(await writeModel({ url, token }, storeId, parseModel(dsl).json))
    return openFga({ url, token, storeId, modelId, timeoutMs: 10_000 })
  }

/** The platform's model, and the models of OpenFGA's tests if they exist next to the project. */
function models(): { name: string; dsl: string }[] {
  const file = join(import.meta.dirname, '../../../../shared/conformance/openfga/consolidated_1_1_tests.yaml')
  const ownModels = [{ name: 'platform', dsl: platformDsl }, ...conditionModels]
  if (!existsSync(file)) {
    tally.skipped += 1
    console.log('skipped: the models of OpenFGA’s tests (no conformance data at ../shared/conformance/openfga)')
    return ownModels
  }
  const tests: { name: string; stages: { model: string }[] }[] = parse(readFileSync(file, 'utf8')).tests
  return [
    ...ownModels,
    ...tests.flatMap(({ name, stages }) => stages.map(({ model }, index) => ({ name: `${name}/${index}`, dsl: model }))),
  ]
}

async function compareAll(server: Server): Promise<void> {
  const comparison: Comparison = { equal: 0, yes: 0, tooComplex: 0, cycles: 0, missingValues: 0, raceDependent: 0, different: [] }
  const next = random(seed)
  for (const { name, dsl } of models()) {
    for (let round = 0; round < rounds; round += 1) {
      const model = parseModel(dsl)
      if ([...model.types].every((type) => model.relations(type).size === 0)) continue
      const sample = createSample(model, next, 4 + Math.floor(next() * 40), 25)
      await compare(name, model, await openRemote(server)(dsl), sample, comparison)
    }
  }
  const { equal, yes, tooComplex, cycles, missingValues, raceDependent, different } = comparison
  console.log(
    `seed ${seed}: ${equal} equal (${yes} of them yes), ${different.length} different, ${tooComplex} too complex for one side, ${cycles} cycles that only we detect, ${missingValues} conditions without a value, ${raceDependent} cycles with racing OpenFGA operands`,
  )
  if (missingValues * 500 > equal) throw new Error('too many conditions without a value to be chance')
  if (raceDependent * 1_000 > equal) throw new Error('too many cycles to be chance')
  if (different.length > 0) throw new Error(different.slice(0, 5).join('\n'))
}

/** OpenFGA must give the results that `test/shared/relations` expects of our conditions. Each expression has its own model. */
async function compareExpressions(server: Server): Promise<void> {
  const options = { url: server.url, token: server.token }
  const storeId = unwrap(await createStore(options, 'expressions'))
  const different: string[] = []
  let isWritten = false
  for (const { expression, expected, context } of expressions) {
    const model = await writeModel(options, storeId, unwrap(parseDsl(expressionDsl(expression))))
    let outcome = 'refused'
    if (model.ok) {
      const relations = openFga({ ...options, storeId, modelId: model.value })
      if (!isWritten) unwrap(await relations.write({ writes: [{ ...tuple('document:d#viewer@user:anne'), condition: { name: 'cc' } }] }))
      isWritten = true
      const result = await relations.check({ ...tuple('document:d#viewer@user:anne'), context })
      outcome = result.ok ? String(result.value) : result.error.code
    }
    if (outcome !== expected) different.push(`${expression}: ours ${expected}, OpenFGA ${outcome}`)
  }
  console.log(`${expressions.length} expressions, ${different.length} different`)
  if (different.length > 0) throw new Error(different.join('\n'))
}

/** An unknown store, a wrong key and a closed port each give `unavailable`. */
async function checkUnavailable(server: Server): Promise<void> {
  const ids = { storeId: '01HZZZZZZZZZZZZZZZZZZZZZZZ', modelId: '01HZZZZZZZZZZZZZZZZZZZZZZZ' }
  const question = { object: 'document:d', relation: 'viewer', user: 'user:anne' }
  const { url, token } = server
  for (const options of [
    { url, token, ...ids },
    { url, token: 'wrong', ...ids },
    { url: 'http://127.0.0.1:1', token, ...ids },
  ]) {
    const result = await openFga(options).check(question)
    if (result.ok || result.error.code !== 'unavailable') throw new Error(JSON.stringify(result))
  }
}

/** The whole stack with its relations in OpenFGA. A share is stored there, and denied when the server is down. */
async function runStack(server: Server): Promise<void> {
  const stack = await startStack({ env: { OPENFGA_URL: server.url, OPENFGA_TOKEN: server.token } })
  try {
    const alice = user(stack.url, await stack.token('acme', 'alice'))
    const bob = user(stack.url, await stack.token('acme', 'bob'))
    const neighbour = user(stack.url, await stack.token('globex', 'bob'))
    const status = async (response: Promise<Response>) => (await response).status
    const shared = { object: 'session:s', relation: 'viewer', user: 'user:bob' }
    await alice.send('hello', { session_id: 's' })
    assert.equal(await status(bob.call('GET', '/v1/sessions/s')), 404)
    assert.equal(await status(alice.call('POST', '/v1/relations', { writes: [shared] })), 200)
    assert.equal(await status(alice.call('POST', '/v1/relations', { writes: [shared] })), 409)
    assert.equal(await status(bob.call('GET', '/v1/sessions/s')), 200)
    assert.equal(await status(neighbour.call('GET', '/v1/sessions/s')), 404)
    assert.equal(await status(bob.call('POST', '/v1/sessions/message', { session_id: 's', message: 'hello' })), 403)
    const listed = await alice.call('GET', '/v1/relations?object=session:s')
    assert.deepEqual(await listed.json(), { tuples: [shared], next: null })
    assert.equal(await status(alice.call('POST', '/v1/relations', { deletes: [shared] })), 200)
    assert.equal(await status(bob.call('GET', '/v1/sessions/s')), 404)
    await alice.call('POST', '/v1/relations', { writes: [shared] })
    await server.stop()
    assert.equal(await status(bob.call('GET', '/v1/sessions/s')), 404)
    assert.equal(await status(alice.call('GET', '/v1/sessions/s')), 200)
    assert.equal(await status(alice.call('POST', '/v1/relations', { deletes: [shared] })), 503)
  } finally {
    await stack.stop()
  }
}

try {
  install()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
const server = await start()
try {
  for (const { name, run } of contract) await runTest(`local: ${name}`, () => run(openLocal))
  for (const { name, run } of contract) await runTest(`OpenFGA: ${name}`, () => run(openRemote(server)))
  await runTest('OpenFGA: an unknown store, a wrong key and a closed port are unavailable', () => checkUnavailable(server))
  await runTest('OpenFGA: expressions of conditions', () => compareExpressions(server))
  await runTest('both: random tuples and questions, equal answers', () => compareAll(server))
  await runTest('the stack: shares are stored in OpenFGA, and are denied while it is down', () => runStack(server))
} finally {
  await server.stop()
}
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
process.exitCode = tally.failed === 0 ? 0 : 1
