/** The base class of values that are not plain JSON, so that one test distinguishes them. */
export abstract class RegoCollection {}
