/** The base class of values that are not plain JSON, so that one test tells them apart. */
export abstract class RegoCollection {}
