<?xml version="1.0" encoding="UTF-8"?>
<p:verzameling xmlns:p="http://proefpolder.invalid/leidingen" xmlns:gml="http://www.opengis.net/gml/3.2">
<p:member><p:leiding gml:id="B1"><p:leidingnr>B1</p:leidingnr><p:stof>aardgas</p:stof><p:hartlijn><gml:LineString gml:id="B1.l" srsName="urn:ogc:def:crs:EPSG::28992"><gml:posList>149000 505000 148500 507200 147000 509500</gml:posList></gml:LineString></p:hartlijn></p:leiding></p:member>
<p:member><p:leiding gml:id="B2"><p:leidingnr>B2</p:leidingnr><p:stof>waterstof</p:stof><p:hartlijn><gml:LineString gml:id="B2.l" srsName="urn:ogc:def:crs:EPSG::28992"><gml:posList>155500 505500 158500 505000</gml:posList></gml:LineString></p:hartlijn></p:leiding></p:member>
</p:verzameling>
