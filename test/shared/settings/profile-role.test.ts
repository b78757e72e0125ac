import { describe, expect, it } from 'vitest'
import { nameOfRole, roleOfName, useOfRole } from '../../../shared/settings/profile-role.ts'

describe('The name of a model profile', () => {
  it.each(['main', 'gpt-4.1', 'dialogue.LOCAL', 'a.b.c', 'x.default', 'x.', 'x.y.default', '0'])(
    '%s is the same after a round trip',
    (name) => {
      expect(nameOfRole(roleOfName(name))).toBe(name)
    },
  )

  it('holds the role and the mode', () => {
    expect(roleOfName('dialogue.LOCAL')).toEqual({ role: 'dialogue', deployment_mode: 'LOCAL' })
    expect(nameOfRole({ role: 'dialogue', deployment_mode: 'default' })).toBe('dialogue')
  })

  it('has a use by its role', () => {
    expect(['dialogue', 'escalation', 'utility', 'embedding', 'constructor'].map((role) => useOfRole({ role }))).toEqual([
      'profile',
      'fallback',
      'utility',
      undefined,
      undefined,
    ])
  })
})
