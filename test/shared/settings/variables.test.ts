import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { InvalidVariable, parseVariable, type Variable } from '../../../shared/settings/variable.ts'
import { readVariable, variables, variableText, wrongVariables } from '../../../shared/settings/variables.ts'
import { defaultTimeouts } from '../../../shared/turn/run.ts'

/** The result of `read`, and the lines that it logs. */
function withLog<T>(read: () => T): { value: T | Error; lines: string[] } {
  const log = mock.method(console, 'error', () => {})
  try {
    const value = (() => {
      try {
        return read()
      } catch (error) {
        return error instanceof Error ? error : new Error('not an error')
      }
    })()
    return { value, lines: log.mock.calls.map(({ arguments: [line] }) => String(line)) }
  } finally {
    log.mock.restore()
  }
}

describe('A variable', () => {
  it('has its default when it is unset or empty', () => {
    for (const env of [{}, { SOMA_LEASE_MS: '' }, { SOMA_LEASE_MS: ' ' }]) assert.equal(readVariable(env, 'SOMA_LEASE_MS'), 15_000)
    assert.equal(readVariable({}, 'SOMA_ISSUER'), 'https://soma.localhost')
    assert.equal(readVariable({}, 'SOMA_AUDIT_KEEP_DAYS'), 90)
    assert.equal(readVariable({}, 'OPA_URL'), '')
  })

  it('has a value of its kind', () => {
    assert.equal(readVariable({ SOMA_LEASE_MS: '300' }, 'SOMA_LEASE_MS'), 300)
    assert.equal(readVariable({ SOMA_DEV_SIGN_IN: 'true' }, 'SOMA_DEV_SIGN_IN'), true)
    assert.equal(readVariable({ SOMA_DEV_SIGN_IN: '' }, 'SOMA_DEV_SIGN_IN'), false)
    assert.equal(readVariable({ SOMA_RATE_LIMITS: 'off' }, 'SOMA_RATE_LIMITS'), 'off')
    assert.deepEqual(readVariable({ SOMA_CONSUMERS: 'relay, topics relay' }, 'SOMA_CONSUMERS'), ['relay', 'topics'])
  })

  it('may have the empty string as a value', () => {
    assert.deepEqual(readVariable({ SOMA_CONSUMERS: '' }, 'SOMA_CONSUMERS'), [])
    assert.equal(readVariable({ SOMA_ADDRESS_HEADER: '' }, 'SOMA_ADDRESS_HEADER'), '')
    assert.equal(readVariable({}, 'SOMA_ADDRESS_HEADER'), 'cf-connecting-ip')
    assert.equal(readVariable({ SOMA_AUDIT_KEEP_DAYS: '' }, 'SOMA_AUDIT_KEEP_DAYS'), null)
    assert.deepEqual([variableText({}, 'SOMA_CONSUMERS'), variableText({ SOMA_CONSUMERS: '' }, 'SOMA_CONSUMERS')], [undefined, ''])
  })

  it('is parsed again when its text changes', () => {
    const env = { SOMA_LEASE_MS: '1' }
    assert.equal(readVariable(env, 'SOMA_LEASE_MS'), 1)
    env.SOMA_LEASE_MS = '2'
    assert.equal(readVariable(env, 'SOMA_LEASE_MS'), 2)
  })

  it('with an invalid security setting is refused, and logged once', () => {
    const env = { SOMA_RESIDENCY: '{"acme": eu-secret}' }
    const first = withLog(() => readVariable(env, 'SOMA_RESIDENCY'))
    assert.ok(first.value instanceof InvalidVariable)
    assert.equal(first.value.message, 'SOMA_RESIDENCY must be JSON: an object that names a jurisdiction or a location for each tenant.')
    assert.equal(first.lines.length, 1)
    assert.match(first.lines[0] ?? '', /"variable":"SOMA_RESIDENCY".*"detail":"SOMA_RESIDENCY must be JSON: an object/)
    assert.doesNotMatch(first.lines[0] ?? '', /eu-secret/)
    const second = withLog(() => readVariable(env, 'SOMA_RESIDENCY'))
    assert.ok(second.value instanceof InvalidVariable)
    assert.deepEqual(second.lines, [])
  })

  it('with an invalid number has its default, and logs one line', () => {
    for (const text of ['15s', '-1', '0', '1.5', '1e3', 'NaN']) {
      const { value, lines } = withLog(() => readVariable({ SOMA_LEASE_MS: text }, 'SOMA_LEASE_MS'))
      assert.deepEqual([value, lines.length], [15_000, 1], text)
    }
  })

  it('with an invalid address is used unchanged, and logs one line', () => {
    const { value, lines } = withLog(() => readVariable({ OPA_URL: 'opa:8181' }, 'OPA_URL'))
    assert.deepEqual([value, lines.length], ['opa:8181', 1])
  })

  it('with unknown names in a list keeps the known ones', () => {
    const { value, lines } = withLog(() => readVariable({ SOMA_CONSUMERS: 'topcis relay toString' }, 'SOMA_CONSUMERS'))
    assert.deepEqual([value, lines.length], [['relay'], 1])
  })
})

describe('The environment of a command', () => {
  it('is refused with one sentence per invalid value', () => {
    assert.deepEqual(wrongVariables({ PORT: '8787', SOMA_CONSUMERS: '', OPA_URL: 'http://127.0.0.1:8181', OTHER: '?' }), [])
    assert.deepEqual(wrongVariables({ PORT: '70000', SOMA_BUILTIN_WORD_MS: 'slow', SOMA_RATE_LIMITS: 'of' }), [
      'SOMA_BUILTIN_WORD_MS must be a number of milliseconds, 0 or more, not "slow".',
      'SOMA_RATE_LIMITS must be "off" or empty, not "of".',
      'PORT must be a number from 1 to 65535, not "70000".',
    ])
  })

  it('is refused without revealing a secret or an address', () => {
    const errors = wrongVariables({
      SOMA_DATABASE_URL: 'mysql://user:hunter2@host/db',
      SOMA_OPERATOR_KEYS: 'hunter2',
      OPA_URL: 'x://u:hunter2@h',
    })
    assert.equal(errors.length, 3)
    for (const sentence of errors) assert.doesNotMatch(sentence, /hunter2/)
  })
})

describe('Every declared variable', () => {
  const allVariables = Object.entries<Variable>(variables)

  it('has a valid default', () => {
    for (const [name, variable] of allVariables) assert.ok(parseVariable(variable, undefined).ok, name)
  })

  it('states the handling of invalid values, if it can have one', () => {
    for (const [name, variable] of allVariables)
      if (variable.kind !== 'text' || variable.form) assert.notEqual(variable.ifWrong, undefined, name)
  })

  it('with the name of a secret is a secret', () => {
    for (const [name, variable] of allVariables)
      assert.equal(variable.secret === true, /_TOKEN$|_KEY$|ROOT_KEYS$|SECRET$|AUTHORIZATION$|DATABASE_URL$/.test(name), name)
  })

  it('of a turn agrees with the turn', () => {
    assert.equal(readVariable({}, 'SOMA_MODEL_FIRST_TOKEN_MS'), defaultTimeouts.firstTokenMs)
    assert.equal(readVariable({}, 'SOMA_MODEL_BETWEEN_TOKENS_MS'), defaultTimeouts.betweenTokensMs)
    assert.ok(defaultTimeouts.aliveMs * 2 < readVariable({}, 'SOMA_LEASE_MS'))
  })
})
