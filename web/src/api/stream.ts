import { create, type DescMessage, type DescMethodServerStreaming, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { createAsyncIterable } from './iterable';
import { transport } from './client';

/** Calls a method whose answer comes in several messages: each of them until the end, an error or the signal. */
export async function* stream<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>, request: MessageInitShape<I>, signal: AbortSignal, timeoutMs?: number,
): AsyncGenerator<MessageShape<O>> {
  const reply = await transport.stream(method, signal, timeoutMs, undefined, createAsyncIterable([create(method.input, request) as MessageInitShape<I>]));
  for await (const message of reply.message) yield message;
}
