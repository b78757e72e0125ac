/** What a policy works with that is no plain JSON derives from this, so that one test tells the two apart. */
export abstract class RegoCollection {}
