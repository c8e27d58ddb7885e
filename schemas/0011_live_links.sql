-- How many live shipments of a firm still have to drive on each link: those that a closing of it would hit, as
-- zh.affected has them.
SET ROLE zh_owner;

CREATE FUNCTION zh.live_links(p_firm uuid, p_max int) RETURNS TABLE (link_id bigint, shipments bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('zh.firm', p_firm::text, true);
    RETURN QUERY SELECT u.link, count(DISTINCT s.shipment_id)
    FROM zh.shipment s JOIN zh.shipment_leg g ON g.firm_id = s.firm_id AND g.shipment_id = s.shipment_id
    CROSS JOIN LATERAL unnest(g.links) AS u (link)
    WHERE s.firm_id = p_firm AND s.state IN ('booked', 'in_transit', 'exception') AND g.actual_arrive IS NULL AND NOT g.released
        AND NOT EXISTS (SELECT FROM zh.shipment_leg b WHERE b.firm_id = g.firm_id AND b.shipment_id = g.shipment_id
            AND b.seq > g.seq AND (b.actual_depart IS NOT NULL OR b.actual_arrive IS NOT NULL))
    GROUP BY u.link ORDER BY 2 DESC, 1 LIMIT p_max;
END $$;

REVOKE ALL ON FUNCTION zh.live_links(uuid, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION zh.live_links(uuid, int) TO zh_api;
RESET ROLE;
