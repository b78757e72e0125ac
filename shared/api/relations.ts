/** Relationship tuples: reading, writing and checking them. */
import { z } from 'zod'
import { maxChanges } from '../relations/relations.ts'

const Name = z.string().min(3).max(512)

/** One relationship: `user` has `relation` to `object`. */
export const RelationTuple = z.object({
  object: Name.meta({ description: '`session:ID`, `group:ID`, `tenant:ID` or `memory_namespace:ID`' }),
  relation: z.string().min(1).max(50),
  user: Name.meta({ description: '`user:SUBJECT`, or a userset such as `group:ID#member`' }),
})
export type RelationTuple = z.infer<typeof RelationTuple>

/** Query of `GET /v1/relations`. */
export const ListTuples = z.object({ object: Name.optional(), after: z.string().max(2_000).optional() })
export type ListTuples = z.infer<typeof ListTuples>

/** A page of tuples. `next`: the `after` of the next page; null: none. */
export const TupleList = z.object({ tuples: z.array(RelationTuple), next: z.string().nullable() })
export type TupleList = z.infer<typeof TupleList>

/** Query of `GET /v1/people`. */
export const FindPeople = z.object({
  starts: z.string().max(255).default('').meta({ description: 'The start of a user name, or of a word of a full name' }),
})
export type FindPeople = z.infer<typeof FindPeople>

/** The users that were found. */
export const People = z.object({ people: z.array(z.object({ subject: z.string(), name: z.string() })) })
export type People = z.infer<typeof People>

/** Tuples to write and to delete, in one transaction. */
export const WriteTuples = z.object({
  writes: z.array(RelationTuple).max(maxChanges).default([]),
  deletes: z.array(RelationTuple).max(maxChanges).default([]),
})
export type WriteTuples = z.infer<typeof WriteTuples>

/** The numbers of written and deleted tuples. */
export const WrittenTuples = z.object({ written: z.int(), deleted: z.int() })
export type WrittenTuples = z.infer<typeof WrittenTuples>

/** Whether the relationship exists. */
export const RelationCheck = z.object({ allowed: z.boolean() })
export type RelationCheck = z.infer<typeof RelationCheck>
