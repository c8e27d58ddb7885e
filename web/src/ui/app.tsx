import { effect } from '@preact/signals';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { identity, isSignedIn, online, signOut } from '../api/client';
import { startOver } from '../dispatch/answer';
import { DispatchView } from '../dispatch/view';
import { lang, t } from '../i18n';
import { address, go, setLanguage, type View } from '../state/url';
import { openSignIn, SignIn } from './signin';
import { MapTools } from './maptools';
import { Toasts } from './toast';

const ShipmentsView = lazy(() => import('../dispatch/shipments').then((m) => m.ShipmentsView));
const PlanView = lazy(() => import('../plan/view').then((m) => m.PlanView));
const OperateView = lazy(() => import('../operate/view').then((m) => m.OperateView));

const TABS: readonly View[] = ['dispatch', 'shipments', 'plan', 'operate'];

effect(() => {
  if (typeof document === 'undefined') return;
  document.documentElement.lang = lang.value === 'zh' ? 'zh-CN' : 'en';
  document.title = `${t(`nav.${address.value.view}`)} · 纵横 Zongheng`;
});

function Header() {
  const view = address.value.view;
  return (
    <header class="top">
      <a class="skip" href="#panel" onClick={(e) => { e.preventDefault(); document.getElementById('panel')?.focus(); }}>
        {t('nav.skip')}
      </a>
      <a class="brand" href="#/dispatch" onClick={(e) => { e.preventDefault(); startOver(); go('dispatch'); }}>
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span class="brand-name">{t('app.name')}</span>
        <span class="brand-tag">{t('app.tagline')}</span>
      </a>
      <nav aria-label={t('nav.main')}>
        {TABS.map((v) => (
          <a key={v} href={`#/${v}`} class={v === view ? 'tab on' : 'tab'} aria-current={v === view ? 'page' : undefined} onClick={(e) => { e.preventDefault(); go(v); }}>
            {t(`nav.${v}`)}
          </a>
        ))}
      </nav>
      <div class="top-end">
        <button type="button" class="quiet" lang={lang.value === 'zh' ? 'en' : 'zh-CN'} aria-label={t('lang.switch')} onClick={() => setLanguage(lang.value === 'zh' ? 'en' : 'zh')}>
          {t('lang.other')}
        </button>
        {isSignedIn() ? (
          <button type="button" class="quiet who" title={t('sign.out')} onClick={signOut}>
            <span class="who-name">{identity.value!.firm} · </span>{t('sign.out')}
          </button>
        ) : (
          <button type="button" class="quiet" onClick={openSignIn}>{t('sign.in')}</button>
        )}
      </div>
    </header>
  );
}

function MapPane() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The form is there first; the map's script comes behind it.
    void Promise.all([import('../map/map'), import('../map/network')]).then(([m, n]) => {
      if (!box.current) return;
      m.startMap(box.current);
      n.startNetwork();
    });
  }, []);
  return (
    <section class="map-pane" aria-label={t('map.label')}>
      <div class="map" ref={box} />
      <MapTools />
    </section>
  );
}

export function App() {
  const view = address.value.view;
  return (
    <>
      <Header />
      {!online.value && <div class="offline" role="status">{t('error.offline')}</div>}
      <div class="body">
        <main id="panel" class={`panel panel-${view}`} tabIndex={-1}>
          <Suspense fallback={<p class="hint">{t('loading')}</p>}>
            {view === 'dispatch' ? <DispatchView /> : view === 'shipments' ? <ShipmentsView /> : view === 'plan' ? <PlanView /> : <OperateView />}
          </Suspense>
        </main>
        <MapPane />
      </div>
      <SignIn />
      <Toasts />
    </>
  );
}
