import { useSignal } from '@preact/signals';
import type { FindRoutesRequest, Option } from '@gen/routing_pb';
import { Code, ConnectError, explainError, identity, isSignedIn, shipments } from '../api/client';
import { t } from '../i18n';
import { go } from '../state/url';
import { Problem } from '../ui/bits';
import { openSignIn } from '../ui/signin';

/**
 * Books the option. The key is made once for it and used again on every retry, so that a booking whose outcome is not
 * known cannot happen twice.
 */
export function Booking({ request, option, replaces }: { request: FindRoutesRequest; option: Option; replaces?: string }) {
  const key = useSignal<Uint8Array | undefined>(undefined);
  const busy = useSignal(false);
  const problem = useSignal('');
  const bill = useSignal('');
  const book = async (): Promise<void> => {
    key.value ??= crypto.getRandomValues(new Uint8Array(16));
    busy.value = true;
    problem.value = '';
    try {
      const r = await shipments.book({ key: key.value, request, planRef: option.planRef, replacesShipmentId: replaces ?? '' });
      bill.value = r.billNo;
    } catch (e) {
      const unknown = e instanceof ConnectError && (e.code === Code.Unknown || e.code === Code.DeadlineExceeded);
      const final = e instanceof ConnectError && (e.code === Code.FailedPrecondition || e.code === Code.ResourceExhausted || e.code === Code.AlreadyExists);
      problem.value = unknown ? `${t('d.book.again')} ${explainError(e)}` : explainError(e);
      if (final) key.value = undefined; // this key's answer is final: another attempt is another booking
    }
    busy.value = false;
  };
  if (bill.value !== '')
    return (
      <div class="booked" role="status">
        <b>✓ {t('d.booked', { bill: bill.value })}</b>
        <button type="button" class="primary" onClick={() => go('shipments', [bill.value])}>{t('d.book.show')}</button>
      </div>
    );
  const mayBook = isSignedIn() && identity.value?.role === 'shipper';
  return (
    <div class="book">
      {isSignedIn() ? (
        <button type="button" class="primary" disabled={busy.value || !mayBook} onClick={() => void book()}>{busy.value ? t('d.booking') : t('d.book')}</button>
      ) : (
        <button type="button" class="primary" onClick={openSignIn}>{t('d.book')} · {t('sign.need')}</button>
      )}
      <Problem text={problem.value} />
    </div>
  );
}
