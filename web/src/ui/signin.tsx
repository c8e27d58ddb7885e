import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { explainError, identity, signIn } from '../api/client';
import { code, t } from '../i18n';
import { Words } from './bits';
import { say } from './toast';

const open = signal(false);
const problem = signal('');
const busy = signal(false);

export function openSignIn(): void {
  problem.value = '';
  open.value = true;
}

export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const d = dialog.current;
    if (!d) return;
    if (open.value && !d.open) {
      d.showModal();
      if (input.current) input.current.value = '';
      input.current?.focus();
    } else if (!open.value && d.open) d.close();
  }, [open.value]);
  const submit = async (e: Event): Promise<void> => {
    e.preventDefault();
    busy.value = true;
    try {
      await signIn(input.current?.value ?? '');
      open.value = false;
      say(t('sign.as', { firm: identity.value!.firm, role: code('role', identity.value!.role) }));
    } catch (err) {
      problem.value = explainError(err) || t('error.token');
    }
    busy.value = false;
  };
  return (
    <dialog ref={dialog} aria-labelledby="sign-title" onClose={() => (open.value = false)}>
      <form onSubmit={(e) => void submit(e)}>
        <h2 id="sign-title">{t('sign.title')}</h2>
        <p class="hint">{t('sign.help')}</p>
        <label class="field">
          <span>{t('sign.token')}</span>
          <input ref={input} type="password" autocomplete="off" spellcheck={false} required />
        </label>
        {problem.value && <p class="problem" role="alert"><Words text={problem.value} /></p>}
        <div class="row end">
          <button type="button" onClick={() => (open.value = false)}>{t('cancel')}</button>
          <button type="submit" class="primary" disabled={busy.value}>{t('sign.in')}</button>
        </div>
      </form>
    </dialog>
  );
}
