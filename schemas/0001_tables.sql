-- The tables: what is stored about firms, their shipments and the departures they share.
-- A firm's table has firm_id first in its key. Instants are timestamptz, money in fen, masses in kg,
-- TEU in thousandths, coordinates in degrees x 10^6. Constraints guard; functions (0003, 0004) only use them.
SET LOCAL ROLE zh_owner;

CREATE SCHEMA zh;
CREATE SCHEMA zh_admin;

-- ISO 6346: owner code, category U, J or Z, serial number and the check digit that belongs to them.
CREATE FUNCTION zh.iso6346_ok(number text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN number ~ '^[A-Z]{3}[UJZ][0-9]{7}$' AND (
    SELECT sum((CASE WHEN c BETWEEN '0' AND '9' THEN ascii(c) - 48
                     -- letters count from 10 and leave out 11, 22 and 33
                     ELSE ascii(c) - 55 + (c >= 'B')::int + (c >= 'L')::int + (c >= 'V')::int END)
               * (1 << (i - 1))) % 11 % 10
    FROM (SELECT i, substr(number, i, 1) COLLATE "C" AS c FROM generate_series(1, 10) AS i) AS x
) = ascii(substr(number, 11, 1)) - 48;

-- ISO/IEC 7064 MOD 37,36: finds every single wrong character and nearly all transpositions.
CREATE FUNCTION zh.check_character(body text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    alphabet CONSTANT text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    p int := 36;
BEGIN
    FOR i IN 1 .. length(body) LOOP
        p := p + strpos(alphabet, substr(body, i, 1)) - 1;
        p := p % 36;
        IF p = 0 THEN
            p := 36;
        END IF;
        p := p * 2 % 37;
    END LOOP;
    RETURN substr(alphabet, (37 - p) % 36 + 1, 1);
END $$;

CREATE FUNCTION zh.bill_no_ok(bill_no text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN bill_no ~ '^ZH[0-9]{6}-[0-9A-HJKMNP-TV-Z]{8}-[0-9A-Z]$'
    AND zh.check_character(replace(left(bill_no, 17), '-', '')) = right(bill_no, 1);

CREATE TABLE zh.firm (
    firm_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name       text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 120),
    closed_at  timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE TABLE zh.api_user (
    firm_id    uuid NOT NULL REFERENCES zh.firm,
    user_id    uuid NOT NULL DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, user_id),
    UNIQUE (firm_id, name));

CREATE TABLE zh.token (
    firm_id    uuid NOT NULL,
    token_id   uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id    uuid NOT NULL,
    sha256     bytea NOT NULL UNIQUE CHECK (length(sha256) = 32), -- the token itself is nowhere stored
    role       text NOT NULL CHECK (role IN ('shipper', 'planner', 'operator')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (firm_id, token_id),
    FOREIGN KEY (firm_id, user_id) REFERENCES zh.api_user);

-- Shared by all firms: what is sold of one departure. A capacity that is NULL: not sold in that unit.
CREATE TABLE zh.departure (
    service_id         integer NOT NULL CHECK (service_id > 0),
    depart_date        date NOT NULL,
    capacity_kg        bigint CHECK (capacity_kg > 0),
    capacity_teu_milli bigint CHECK (capacity_teu_milli > 0),
    taken_kg           bigint NOT NULL DEFAULT 0 CHECK (taken_kg >= 0),
    taken_teu_milli    bigint NOT NULL DEFAULT 0 CHECK (taken_teu_milli >= 0),
    PRIMARY KEY (service_id, depart_date),
    CONSTRAINT departure_kg_not_oversold CHECK (taken_kg <= capacity_kg),
    CONSTRAINT departure_teu_not_oversold CHECK (taken_teu_milli <= capacity_teu_milli)
) WITH (fillfactor = 70);

-- One row for each key a client ever used. status: 0 done, 1 no capacity, 2 not in this state, 3 never
-- (settled before it arrived). NULL only inside the transaction that writes it.
CREATE TABLE zh.command (
    firm_id     uuid NOT NULL REFERENCES zh.firm,
    key         uuid NOT NULL,
    op          smallint NOT NULL CHECK (op IN (1, 2, 3, 4)), -- book, cancel, record event, settle
    req_sha256  bytea NOT NULL CHECK (length(req_sha256) = 32),
    status      smallint CHECK (status BETWEEN 0 AND 3),
    shipment_id uuid,
    event_id    uuid,
    state       text,  -- of the shipment after the command, so that a repeat is answered the same
    reason      text,
    detail      text,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, key),
    CHECK (status <> 0 OR shipment_id IS NOT NULL),
    CHECK ((status = 3) = (op = 4)));

CREATE TABLE zh.shipment_state (state text PRIMARY KEY);
INSERT INTO zh.shipment_state VALUES ('quoted'), ('booked'), ('in_transit'), ('delivered'), ('closed'),
    ('cancelled'), ('exception'), ('replanned');

CREATE TABLE zh.shipment_move (
    from_state text NOT NULL REFERENCES zh.shipment_state,
    to_state   text NOT NULL REFERENCES zh.shipment_state,
    PRIMARY KEY (from_state, to_state));
INSERT INTO zh.shipment_move VALUES
    ('quoted', 'booked'), ('quoted', 'cancelled'),
    ('booked', 'in_transit'), ('booked', 'cancelled'), ('booked', 'exception'),
    ('in_transit', 'delivered'), ('in_transit', 'exception'),
    ('exception', 'replanned'), ('exception', 'cancelled'),
    ('replanned', 'in_transit'), ('replanned', 'cancelled'), ('replanned', 'exception'),
    ('delivered', 'closed');

CREATE TABLE zh.shipment (
    firm_id         uuid NOT NULL,
    shipment_id     uuid NOT NULL DEFAULT gen_random_uuid(),
    bill_no         text NOT NULL UNIQUE CHECK (zh.bill_no_ok(bill_no)),
    key             uuid NOT NULL,
    state           text NOT NULL REFERENCES zh.shipment_state,
    plan_ref        text NOT NULL CHECK (length(plan_ref) BETWEEN 1 AND 128),
    network_version text NOT NULL CHECK (length(network_version) <= 128),
    family          text NOT NULL CHECK (family IN ('ROAD', 'RAIL_ROAD', 'AIR_ROAD', 'RAIL_WATER', 'ROAD_WATER')),
    commodity       text NOT NULL CHECK (length(commodity) <= 120),
    mass_kg         bigint NOT NULL CHECK (mass_kg BETWEEN 1 AND 1000000000),
    volume_dm3      bigint NOT NULL CHECK (volume_dm3 BETWEEN 0 AND 1000000000000),
    dangerous_class text NOT NULL DEFAULT '' CHECK (length(dangerous_class) <= 8),
    value_yuan      bigint NOT NULL DEFAULT 0 CHECK (value_yuan >= 0),
    origin          text NOT NULL CHECK (length(origin) <= 200),
    origin_lat_e6   integer CHECK (origin_lat_e6 BETWEEN -90000000 AND 90000000),
    origin_lon_e6   integer CHECK (origin_lon_e6 BETWEEN -180000000 AND 180000000),
    destination     text NOT NULL CHECK (length(destination) <= 200),
    destination_lat_e6 integer CHECK (destination_lat_e6 BETWEEN -90000000 AND 90000000),
    destination_lon_e6 integer CHECK (destination_lon_e6 BETWEEN -180000000 AND 180000000),
    money_fen       bigint NOT NULL CHECK (money_fen >= 0),
    co2_g           bigint NOT NULL CHECK (co2_g >= 0),
    distance_m      bigint NOT NULL CHECK (distance_m >= 0),
    depart_at       timestamptz NOT NULL,
    arrive_at       timestamptz NOT NULL,
    request         bytea NOT NULL,  -- FindRoutesRequest as it was asked
    option          bytea NOT NULL,  -- the Option that was booked
    booked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (firm_id, shipment_id),
    UNIQUE (firm_id, key),
    FOREIGN KEY (firm_id, key) REFERENCES zh.command,
    CHECK (arrive_at >= depart_at));
CREATE INDEX shipment_newest ON zh.shipment (firm_id, booked_at DESC, shipment_id DESC);

ALTER TABLE zh.command ADD CONSTRAINT command_shipment FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment;

CREATE TABLE zh.shipment_container (
    firm_id     uuid NOT NULL,
    shipment_id uuid NOT NULL,
    number      text NOT NULL CONSTRAINT container_iso6346 CHECK (zh.iso6346_ok(number)),
    PRIMARY KEY (firm_id, shipment_id, number),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment);

CREATE TABLE zh.shipment_leg (
    firm_id          uuid NOT NULL,
    shipment_id      uuid NOT NULL,
    seq              smallint NOT NULL CHECK (seq >= 0),
    mode             text NOT NULL CHECK (mode IN ('TRUCK', 'TRAIN', 'VESSEL', 'FLIGHT')),
    service_id       integer,
    depart_date      date,
    service_name     text NOT NULL DEFAULT '',
    from_name        text NOT NULL,
    to_name          text NOT NULL,
    planned_depart   timestamptz NOT NULL,
    planned_arrive   timestamptz NOT NULL,
    estimated_depart timestamptz,
    estimated_arrive timestamptz,
    actual_depart    timestamptz,
    actual_arrive    timestamptz,
    kg               bigint NOT NULL CHECK (kg >= 0),
    teu_milli        bigint NOT NULL CHECK (teu_milli >= 0),
    PRIMARY KEY (firm_id, shipment_id, seq),
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment,
    FOREIGN KEY (service_id, depart_date) REFERENCES zh.departure,
    CHECK ((service_id IS NULL) = (depart_date IS NULL)),
    CHECK (planned_arrive >= planned_depart));
CREATE INDEX shipment_leg_departure ON zh.shipment_leg (service_id, depart_date) WHERE service_id IS NOT NULL;

CREATE TABLE zh.cost_line (
    firm_id     uuid NOT NULL,
    shipment_id uuid NOT NULL,
    seq         smallint NOT NULL CHECK (seq >= 0),
    leg_seq     smallint NOT NULL,
    kind        text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    basis       text NOT NULL DEFAULT '',
    rate        text NOT NULL DEFAULT '',
    amount_fen  bigint NOT NULL CHECK (amount_fen >= 0),
    estimated   boolean NOT NULL,
    source      text NOT NULL DEFAULT '',
    PRIMARY KEY (firm_id, shipment_id, seq),
    FOREIGN KEY (firm_id, shipment_id, leg_seq) REFERENCES zh.shipment_leg);

-- DCSA's words. moves_to: the state an actual event brings a shipment to; recordable: by a client.
CREATE TABLE zh.event_code (
    code       text PRIMARY KEY CHECK (code ~ '^[A-Z]{4}$'),
    kind       text NOT NULL CHECK (kind IN ('SHIPMENT', 'TRANSPORT', 'EQUIPMENT')),
    name       text NOT NULL,
    moves_to   text REFERENCES zh.shipment_state,
    recordable boolean NOT NULL);
INSERT INTO zh.event_code VALUES
    ('CONF', 'SHIPMENT', 'booking confirmed', NULL, false),
    ('CANC', 'SHIPMENT', 'booking cancelled', NULL, false),
    ('HOLD', 'SHIPMENT', 'on hold', NULL, true),
    ('RELS', 'SHIPMENT', 'released', NULL, true),
    ('DEPA', 'TRANSPORT', 'departed', 'in_transit', true),
    ('ARRI', 'TRANSPORT', 'arrived', NULL, true),
    ('PICK', 'EQUIPMENT', 'picked up', 'in_transit', true),
    ('STUF', 'EQUIPMENT', 'stuffed', NULL, true),
    ('GTIN', 'EQUIPMENT', 'gate in', NULL, true),
    ('LOAD', 'EQUIPMENT', 'loaded', 'in_transit', true),
    ('DISC', 'EQUIPMENT', 'discharged', NULL, true),
    ('INSP', 'EQUIPMENT', 'inspected', NULL, true),
    ('GTOT', 'EQUIPMENT', 'gate out', NULL, true),
    ('STRP', 'EQUIPMENT', 'stripped', NULL, true),
    ('DROP', 'EQUIPMENT', 'dropped off', NULL, true),
    ('DLVR', 'EQUIPMENT', 'delivered', 'delivered', true);

CREATE TABLE zh.event (
    firm_id     uuid NOT NULL,
    shipment_id uuid NOT NULL,
    event_id    uuid NOT NULL DEFAULT gen_random_uuid(),
    seq         bigint GENERATED ALWAYS AS IDENTITY, -- order of recording; never told to a client
    key         uuid NOT NULL,
    code        text NOT NULL REFERENCES zh.event_code,
    classifier  text NOT NULL CHECK (classifier IN ('ACT', 'EST', 'PLN')),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leg_seq     smallint,
    location    text NOT NULL DEFAULT '' CHECK (length(location) <= 200),
    source      text NOT NULL DEFAULT '' CHECK (length(source) <= 120),
    corrects    uuid,
    PRIMARY KEY (firm_id, shipment_id, event_id),
    UNIQUE (firm_id, key),
    FOREIGN KEY (firm_id, key) REFERENCES zh.command,
    FOREIGN KEY (firm_id, shipment_id) REFERENCES zh.shipment,
    FOREIGN KEY (firm_id, shipment_id, leg_seq) REFERENCES zh.shipment_leg,
    FOREIGN KEY (firm_id, shipment_id, corrects) REFERENCES zh.event,
    CHECK (corrects <> event_id));
CREATE INDEX event_order ON zh.event (firm_id, shipment_id, seq);

CREATE TABLE zh.agreed_tariff (
    firm_id    uuid NOT NULL REFERENCES zh.firm,
    tariff_id  text NOT NULL CHECK (length(tariff_id) BETWEEN 1 AND 60),
    kind       text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    carrier    text NOT NULL DEFAULT '',
    unit       text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    rate_myuan bigint NOT NULL CHECK (rate_myuan >= 0),
    valid_from date NOT NULL,
    valid_to   date NOT NULL,
    PRIMARY KEY (firm_id, tariff_id, kind, valid_from),
    CHECK (valid_to >= valid_from));

-- Read by the relay in order (xid, id) below the snapshot's xmin: identity order is not commit order.
CREATE TABLE zh.outbox (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
    firm_id uuid NOT NULL REFERENCES zh.firm,
    topic   text NOT NULL,
    body    jsonb NOT NULL);
CREATE INDEX outbox_commit_order ON zh.outbox (xid, id);
