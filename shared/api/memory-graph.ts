/** `/v1/memory/link`, `/neighbors`, `/shortest_path`: directed links between memories with coordinates. */
import { z } from 'zod'
import { Coordinate, engineLimits } from './memory-engine.ts'

/** What a link means, in the client's words. */
export const LinkType = z
  .string()
  .min(1, 'must not be empty')
  .max(engineLimits.linkTypeUnits)
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode (RFC 7493 §2.1)')

/** The length of a link. */
export const LinkWeight = z.number().positive('must be above 0').meta({ description: 'The length of the link. A path adds them.' })

/** The ends and the type of a link. */
export const LinkEnds = z.object({ from_coord: Coordinate, to_coord: Coordinate, type: LinkType.default('related') })
export type LinkEnds = z.infer<typeof LinkEnds>

/** A link to store. One of the same type between the same memories gets the new weight. */
export const StoreLink = LinkEnds.extend({ weight: LinkWeight.default(1) })
export type StoreLink = z.infer<typeof StoreLink>

/** Whose links to list. */
export const ListNeighbours = z.object({
  coord: Coordinate,
  link_type: LinkType.optional(),
  limit: z.coerce.number().int().min(1).max(engineLimits.neighbours).default(100),
})
export type ListNeighbours = z.infer<typeof ListNeighbours>

/** A memory that a link leads to, and the link. */
export const Neighbour = z.tuple([z.string(), z.object({ type: z.string(), weight: z.number() })])
export type Neighbour = z.infer<typeof Neighbour>

/** The memories that links lead to, the shortest link first. */
export const Neighbours = z.object({ neighbors: z.array(Neighbour) })
export type Neighbours = z.infer<typeof Neighbours>

/** The ends of a path. */
export const FindPath = z.object({ frm: Coordinate, to: Coordinate, link_type: LinkType.optional() })
export type FindPath = z.infer<typeof FindPath>

/** The coordinates on the path, both ends included. Empty: no path. */
export const LinkPath = z.object({ path: z.array(z.string()) })
export type LinkPath = z.infer<typeof LinkPath>
