import { create, type DescMessage, type DescMethodUnary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { createAsyncIterable } from './iterable';
import { transport } from './client';

/**
 * Methods whose answer comes in several messages (Reply.more) are plain rpcs in the proto files; over Connect they
 * answer as streams. Yields each message until the end, an error or the signal.
 */
export async function* stream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>, request: MessageInitShape<I>, signal: AbortSignal, timeoutMs?: number,
): AsyncGenerator<MessageShape<O>> {
  const asStream = { ...method, methodKind: 'server_streaming' } as never;
  const reply = await transport.stream(asStream, signal, timeoutMs, undefined, createAsyncIterable([create(method.input, request)]));
  for await (const message of reply.message) yield message as MessageShape<O>;
}
