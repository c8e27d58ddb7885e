import { signal } from '@preact/signals';
import { THEN_ENGLISH } from '../i18n/said';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}
const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** A sentence that goes by itself. Empty texts say nothing. */
export function say(text: string, bad = false): void {
  if (text === '') return;
  const id = ++last;
  toasts.value = [...toasts.value.slice(-2), { id, text: text.replace(THEN_ENGLISH, ''), bad }];
  setTimeout(() => (toasts.value = toasts.value.filter((x) => x.id !== id)), bad ? 9000 : 5000);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((x) => (
        <div key={x.id} class={x.bad ? 'toast bad' : 'toast'}>{x.text}</div>
      ))}
    </div>
  );
}
