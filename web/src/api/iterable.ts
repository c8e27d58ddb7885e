/** The items, one after the other, as a stream that has them all. */
export async function* createAsyncIterable<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}
