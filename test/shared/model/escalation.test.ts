import { describe, expect, it } from 'vitest'
import { escalationOf, tagScore } from '../../../shared/model/escalation.ts'

const technical = 'Fix the code of the docker deployment. '
const reasonOf = (text: string, metadata = {}) => escalationOf(text, metadata).reason

describe('A message escalates', () => {
  it('as its metadata says, whatever else it holds', () => {
    expect(escalationOf('hi', { escalate: 'true' })).toEqual({ isEscalated: true, reason: 'metadata_override_true' })
    expect(escalationOf(technical.repeat(40), { escalate: 'false', risk_level: 'critical' })).toEqual({
      isEscalated: false,
      reason: 'metadata_override_false',
    })
  })

  it.each(['high', 'critical', ' HIGH '])('at the risk level %s', (risk_level) =>
    expect(reasonOf('hi', { risk_level })).toBe('risk_level_high'),
  )

  it('when it is complex and technical', () => {
    expect(reasonOf('code and tests', { complexity: 'advanced' })).toBe('complexity_high_tag_signal')
    expect(reasonOf('only code', { complexity: 'severe' })).toBe('slm_handled')
  })

  it('when it is urgent, and technical or long', () => {
    expect(reasonOf('code tests', { priority: 'urgent' })).toBe('priority_urgent_long_content')
    expect(reasonOf('x'.repeat(751), { priority: 'urgent' })).toBe('priority_urgent_long_content')
    expect(reasonOf('x'.repeat(750), { priority: 'urgent' })).toBe('slm_handled')
  })

  it('without metadata only as a long and technical request or report', () => {
    expect(reasonOf(technical.repeat(20))).toBe('intent_complex_high_tag')
    expect(reasonOf(technical)).toBe('slm_handled')
    expect(reasonOf('A long story. '.repeat(100))).toBe('slm_handled')
    expect(reasonOf('Please fix the end of this story. '.repeat(40))).toBe('slm_handled')
    expect(reasonOf('Fix the code of this story. '.repeat(40))).toBe('slm_handled')
    expect(reasonOf(`Our code runs on a server. ${'It is quiet. '.repeat(60)}`)).toBe('slm_handled')
  })
})

describe('A message does not escalate', () => {
  it.each([{}, { priority: 'high' }, { risk_level: 'low' }, { escalate: 'yes' }])('by the metadata %o', (metadata) =>
    expect(reasonOf('hello', metadata)).toBe('slm_handled'),
  )
  it('by a pair that every object inherits', () => expect(reasonOf('hello', Object.create({ risk_level: 'high' }))).toBe('slm_handled'))
})

it('The subjects of a text have SomaAgent01’s weights', () => {
  expect(['none', 'code', 'docker', 'vitest', 'code docker'].map(tagScore)).toEqual([0, 0.4, 0.4, 0.2, 0.8])
})
